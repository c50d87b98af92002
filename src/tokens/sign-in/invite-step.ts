import { createHash } from 'node:crypto';
import type { Account } from '../../core/account.ts';
import type { PageAnswer, PageRequest } from '../../core/sign-in.ts';
import { isBase62 } from '../../crypto/base62.ts';
import { browserOf, formToken, isCrossSite, isFormToken, knownBrowser } from './browser-binding.ts';
import { bindingOf, hasPasskeys, ownerOf, type SignInContext } from './context.ts';
import { readForm } from './form.ts';
import { forged } from './interaction-step.ts';
import { jsonAnswer } from './page-answer.ts';
import { type InvitePage, inviteDonePage, inviteOverPage, invitePage } from './pages/invite-page.ts';
import { errorPage, notFoundPage } from './pages/message-pages.ts';

/** An invite that is good, in one browser. */
interface InviteStep {
  readonly context: SignInContext;
  readonly request: PageRequest;
  readonly account: Account;
  /** Of the link. */
  readonly invite: string;
  readonly browserId: string;
  readonly cookies: readonly string[];
  readonly fields: ReadonlyMap<string, string>;
}

const TOKEN_CHARACTERS = 43;

/** Lets somebody with a link choose how to sign in. Looking at it does not use it up: mail programs look at links, too. */
export async function inviteStep(
  context: SignInContext,
  request: PageRequest,
  invite: string,
  what: string,
): Promise<PageAnswer> {
  const { site, random, secret } = context;
  const isToken = invite.length === TOKEN_CHARACTERS && isBase62(invite, 0, invite.length);
  const account = isToken ? await context.accounts.invited(invite) : undefined;
  if (account === undefined) {
    context.signal({
      name: 'sign_in.invite_refused',
      accountId: undefined,
      address: request.address,
      detail: 'the link is used, over or was never given out',
    });
    return inviteOverPage(site);
  }
  const step = { context, request, account, invite };
  if (request.method !== 'POST') {
    const { id, cookies } = browserOf(site, request, random);
    return what === '' ? inviteView({ ...step, browserId: id, cookies, fields: new Map() }, {}) : notFoundPage(site);
  }
  const browserId = knownBrowser(site, request);
  if (browserId === undefined) return forged(context, request, 'the browser sent no cookie of ours');
  if (isCrossSite(site, request)) return forged(context, request, 'the form came from another site');
  const form = readForm(request);
  if (!form.ok)
    return errorPage(site, {
      status: form.status,
      title: 'This form cannot be read',
      text: `The reason: ${form.fault}.`,
    });
  if (!isFormToken(secret, purposeOf(invite), browserId, form.fields.get('token') ?? ''))
    return forged(context, request, 'the form has no token of ours');
  const complete: InviteStep = { ...step, browserId, cookies: [], fields: form.fields };
  switch (what) {
    case '':
      return setPassword(complete);
    case 'passkey-options':
      return passkeyOptions(complete);
    case 'passkey':
      return setPasskey(complete);
    default:
      return notFoundPage(site);
  }
}

async function setPassword(step: InviteStep): Promise<PageAnswer> {
  const { context, invite, fields } = step;
  if (!context.config().passwords) return notFoundPage(context.site);
  const result = await context.accounts.acceptWithPassword(invite, fields.get('password') ?? '');
  if (result.ok) return inviteDonePage(context.site, 'password');
  switch (result.problem) {
    case 'invalid':
      return inviteView(step, { status: 400, faults: [{ field: 'new-password', text: result.message }] });
    case 'busy':
      return inviteView(step, { status: 503, message: 'Too much is going on. Please try again in a moment.' });
    case 'taken':
    case 'unknown':
      return inviteOverPage(context.site);
  }
}

async function passkeyOptions({ context, account, invite, browserId }: InviteStep): Promise<PageAnswer> {
  const options = hasPasskeys(context)
    ? await context.passkeys.creationOptions(bindingOf(purposeOf(invite), browserId), account)
    : undefined;
  return options === undefined ? jsonAnswer(404, {}) : jsonAnswer(200, options);
}

async function setPasskey(step: InviteStep): Promise<PageAnswer> {
  const { context, request, account, invite, browserId, fields } = step;
  if (!hasPasskeys(context)) return notFoundPage(context.site);
  const binding = bindingOf(purposeOf(invite), browserId);
  const passkey = await context.passkeys.create(binding, ownerOf(request), account, fields.get('response') ?? '');
  if (!('detail' in passkey) && (await context.accounts.acceptWithPasskey(invite, passkey)))
    return inviteDonePage(context.site, 'passkey');
  const detail = 'detail' in passkey ? passkey.detail : 'the link is over, or the passkey is known already';
  context.signal({ name: 'sign_in.passkey_refused', accountId: account.id, address: request.address, detail });
  return inviteView(step, { status: 400, message: 'The passkey could not be set up. You can try again.' });
}

function inviteView(step: InviteStep, notes: Pick<InvitePage, 'status' | 'faults' | 'message'>): PageAnswer {
  const { context, account, invite, browserId, cookies } = step;
  return invitePage(context.site, {
    action: `${context.site.root}/invite/${invite}`,
    token: formToken(context.secret, purposeOf(invite), browserId),
    userName: account.name,
    displayName: account.displayName,
    passwords: context.config().passwords,
    passkeys: hasPasskeys(context),
    cookies,
    ...notes,
  });
}

/** Of the digest, so that what is remembered about a link cannot be followed. */
function purposeOf(invite: string): string {
  return `invite ${createHash('sha256').update(invite).digest('base64url')}`;
}
