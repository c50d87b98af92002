import type { Account } from '../../core/account.ts';
import type { PageAnswer } from '../../core/sign-in.ts';
import { PASSKEYS_MAX } from '../accounts.ts';
import { deviceCookie, isKnownDevice } from './browser-binding.ts';
import { bindingOf, hasPasskeys, ownerOf, type Proof } from './context.ts';
import type { Step } from './interaction-step.ts';
import { redirectAnswer } from './page-answer.ts';
import { addPasskeyPage, type LoginPage, loginPage } from './pages/login-page.ts';
import { errorPage, expiredPage, notFoundPage } from './pages/message-pages.ts';
import type { FieldFault } from './pages/parts.ts';

type LoginNotes = Pick<LoginPage, 'status' | 'faults' | 'message' | 'retryAfterSeconds'> & {
  readonly userName?: string;
};

export function loginView(step: Step, notes: LoginNotes): PageAnswer {
  const { context, interaction, action, token, browser } = step;
  const { passwords, providers } = context.config();
  const { userName = interaction.loginHint ?? '', ...more } = notes;
  return loginPage(context.site, {
    action,
    token,
    clientName: interaction.client.name,
    redirectUri: interaction.client.redirectUri,
    userName,
    passwords,
    passkeys: hasPasskeys(context),
    providers,
    cookies: browser.cookies,
    ...more,
  });
}

/** One text for every reason, so that nobody learns who exists. */
const WRONG = 'User name or password is wrong.';

export async function passwordLogin(step: Step): Promise<PageAnswer> {
  const { context, request, fields, interaction, browser } = step;
  if (!context.config().passwords) return notFoundPage(context.site);
  const userName = fields.get('userName') ?? '';
  const password = fields.get('password') ?? '';
  const faults: FieldFault[] = [];
  if (userName.trim() === '') faults.push({ field: 'user-name', text: 'Enter your user name.' });
  if (password === '') faults.push({ field: 'password', text: 'Enter your password.' });
  if (faults.length > 0) return loginView(step, { status: 400, userName, faults });
  const result = await context.passwordSignIn({
    userName,
    password,
    address: request.address,
    isKnownDevice: (accountId) => isKnownDevice(context.site, context.secret, request, accountId),
  });
  const { address } = request;
  switch (result.kind) {
    case 'wrong':
      context.signal({
        name: 'sign_in.failed',
        accountId: undefined,
        address,
        detail: 'user name or password is wrong',
      });
      return loginView(step, { status: 400, userName, faults: [{ field: 'password', text: WRONG }] });
    case 'wait':
      context.signal({ name: 'sign_in.throttled', accountId: undefined, address, detail: 'too many tries' });
      return loginView(step, {
        status: 429,
        userName,
        retryAfterSeconds: result.seconds,
        message: `Too many tries. Please wait ${waitText(result.seconds)} and try again.`,
      });
    case 'busy':
      return loginView(step, {
        status: 503,
        userName,
        retryAfterSeconds: 5,
        message: 'Too much is going on. Please try again in a moment.',
      });
    case 'right': {
      const proof: Proof = {
        accountId: result.account.id,
        amr: ['pwd'],
        authTimeSeconds: Math.floor(result.atMs / 1_000),
        remember: fields.get('remember') === 'on',
      };
      if (fields.get('addPasskey') !== 'on' || !hasPasskeys(context)) return finished(step, proof);
      const { passwordHash } = result.account;
      context.enrolments.set(bindingOf(interaction.id, browser.id), ownerOf(request), { proof, passwordHash });
      return addPasskeyView(step, undefined);
    }
  }
}

export async function passkeyLogin(step: Step): Promise<PageAnswer> {
  const { context, request, fields, interaction, browser } = step;
  if (!hasPasskeys(context)) return notFoundPage(context.site);
  const result = await context.passkeys.signIn(
    bindingOf(interaction.id, browser.id),
    ownerOf(request),
    fields.get('response') ?? '',
  );
  if (!result.ok) {
    const { cloned, accountId, detail } = result;
    const name = cloned ? 'sign_in.passkey_cloned' : 'sign_in.passkey_refused';
    context.signal({ name, accountId, address: request.address, detail });
    return loginView(step, { status: 400, message: 'This passkey was not accepted. Try again, or use another way.' });
  }
  return finished(step, {
    accountId: result.account.id,
    // Possession and what unlocks the device (RFC 8176 §2).
    amr: [result.passkey.backupEligible ? 'swk' : 'hwk', 'user', 'mfa'],
    authTimeSeconds: nowSeconds(step),
    remember: fields.get('remember') === 'on',
  });
}

/** The account to which a passkey may be added here; undefined where the password for it is no longer good, or none was given. */
export async function enrollingAccount({ context, interaction, browser }: Step): Promise<Account | undefined> {
  const enrolment = context.enrolments.peek(bindingOf(interaction.id, browser.id));
  if (enrolment === undefined || !hasPasskeys(context)) return undefined;
  const account = await context.accounts.findActive(enrolment.proof.accountId);
  return account?.passwordHash === enrolment.passwordHash ? account : undefined;
}

/** Stores the passkey of somebody whose password was right a moment ago, and ends the login. */
export async function addPasskey(step: Step): Promise<PageAnswer> {
  const { context, request, fields, interaction, browser } = step;
  const binding = bindingOf(interaction.id, browser.id);
  const account = await enrollingAccount(step);
  if (account === undefined) return expiredPage(context.site);
  const { store } = context.accounts;
  const passkey = await context.passkeys.create(binding, ownerOf(request), account, fields.get('response') ?? '');
  if ('detail' in passkey || !(await store.insertPasskey(passkey, PASSKEYS_MAX))) {
    const detail = 'detail' in passkey ? passkey.detail : 'it is known already, or there are too many';
    context.signal({ name: 'sign_in.passkey_refused', accountId: account.id, address: request.address, detail });
    return addPasskeyView(step, 'The passkey could not be set up. You can try again, or continue without one.');
  }
  // Whoever took the password away meanwhile took the passkeys that were there before this one.
  if ((await enrollingAccount(step)) === undefined) {
    await store.removePasskey(account.id, passkey.id);
    return expiredPage(context.site);
  }
  return continueLogin(step);
}

export async function continueLogin(step: Step): Promise<PageAnswer> {
  const { context, interaction, browser } = step;
  const enrolment = context.enrolments.take(bindingOf(interaction.id, browser.id));
  return enrolment === undefined ? expiredPage(context.site) : finished(step, enrolment.proof);
}

/** Tells the authorization server who it is, if the account may still be used. */
export async function finished({ context, interaction }: Step, proof: Proof): Promise<PageAnswer> {
  const { site, secret, accounts } = context;
  if ((await accounts.findActive(proof.accountId)) === undefined)
    return errorPage(site, { status: 403, title: 'Not possible', text: 'This account cannot be used.' });
  return redirectAnswer(await interaction.finishLogin(proof), [deviceCookie(site, secret, proof.accountId)]);
}

function addPasskeyView(
  { context, interaction, action, token, browser }: Step,
  message: string | undefined,
): PageAnswer {
  const { redirectUri } = interaction.client;
  return addPasskeyPage(context.site, { action, token, redirectUri, message, cookies: browser.cookies });
}

function nowSeconds({ context }: Step): number {
  return Math.floor(context.clock.nowMs() / 1_000);
}

function waitText(seconds: number): string {
  return seconds < 120 ? `${seconds} ${seconds === 1 ? 'second' : 'seconds'}` : `${Math.ceil(seconds / 60)} minutes`;
}
