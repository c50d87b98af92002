import type { KoaContextWithOIDC } from 'oidc-provider';
import type { PageAnswer } from '../../core/sign-in.ts';
import type { Pages } from '../../tokens/oauth/pages.ts';
import {
  deviceConfirmPage,
  deviceDonePage,
  deviceInputPage,
  libraryForm,
  logoutPage,
  signedOutPage,
} from '../../tokens/sign-in/pages/device-pages.ts';
import { errorPage, unavailablePage } from '../../tokens/sign-in/pages/message-pages.ts';
import type { SignInSite } from '../../tokens/sign-in/site.ts';

/** The pages of the library, as those of signing in look. */
export function issuerPages(site: () => SignInSite): Pages {
  return {
    error: (ctx, { error, error_description: description }) =>
      show(
        ctx,
        errorPage(site(), {
          status: ctx.status >= 400 ? ctx.status : 400,
          title: 'This does not work',
          text: description ?? 'The application asked for something that is not possible.',
          code: error,
        }),
      ),
    deviceInput: (ctx, form, error) => {
      const parts = libraryForm(form);
      const userCode = typeof ctx.query['user_code'] === 'string' ? ctx.query['user_code'] : undefined;
      const fault = error === undefined ? undefined : deviceFault(error);
      show(
        ctx,
        parts === undefined ? unavailablePage(site()) : deviceInputPage(site(), { ...parts, userCode, error: fault }),
      );
    },
    deviceConfirm: (ctx, form, client, userCode) => {
      const parts = libraryForm(form);
      const clientName = client.clientName ?? client.clientId;
      show(
        ctx,
        parts === undefined
          ? unavailablePage(site())
          : deviceConfirmPage(site(), { ...parts, clientName, userCode, deviceAddress: undefined }),
      );
    },
    deviceDone: (ctx) => show(ctx, deviceDonePage(site(), ctx.oidc.client?.clientName)),
    signOut: (ctx, form) => {
      const parts = libraryForm(form);
      const redirectUri = ctx.oidc.params?.['post_logout_redirect_uri'];
      show(
        ctx,
        parts === undefined
          ? unavailablePage(site())
          : logoutPage(site(), { ...parts, redirectUri: typeof redirectUri === 'string' ? redirectUri : undefined }),
      );
    },
    signedOut: (ctx) => show(ctx, signedOutPage(site())),
  };
}

/** The library tells an unknown code from one that was entered badly; to somebody who guesses, both say the same. */
function deviceFault(error: Error): string {
  return error.name === 'AbortedError'
    ? 'It was stopped. Begin again on the device.'
    : 'This code is not right, or it is over. Check it on the device.';
}

function show(ctx: KoaContextWithOIDC, answer: PageAnswer): void {
  ctx.status = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) {
    // Cookies of the library's own stay beside ours.
    if (name === 'set-cookie') for (const cookie of [value].flat()) ctx.append(name, cookie);
    else ctx.set(name, [...[value].flat()]);
  }
  ctx.body = answer.body;
}
