import type { KoaContextWithOIDC } from 'oidc-provider';
import type { IssuerConfig } from '../../core/issuer.ts';
import type { Pages } from '../../tokens/oauth/pages.ts';

/** Plain pages. */
export function issuerPages(_config: () => IssuerConfig): Pages {
  const text = (ctx: KoaContextWithOIDC, body: string): void => {
    ctx.type = 'html';
    ctx.body = `<!doctype html><html lang="en"><title>Sign in</title>${body}</html>`;
  };
  return {
    error: (ctx, { error }) => text(ctx, `<h1>Error</h1><p>${error}</p>`),
    deviceInput: (ctx, form) => text(ctx, `${form}<button form="op.deviceInputForm">Continue</button>`),
    deviceConfirm: (ctx, form) => text(ctx, `${form}<button form="op.deviceConfirmForm">Continue</button>`),
    deviceDone: (ctx) => text(ctx, '<h1>Done</h1>'),
    signOut: (ctx, form) =>
      text(ctx, `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`),
    signedOut: (ctx) => text(ctx, '<h1>Signed out</h1>'),
  };
}
