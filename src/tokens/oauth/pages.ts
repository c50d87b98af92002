import type { Client, KoaContextWithOIDC } from 'oidc-provider';

/** What people see of the authorization server besides signing in. `form` is the library's: hidden fields and a code field. */
export interface Pages {
  error(
    ctx: KoaContextWithOIDC,
    out: { readonly error: string; readonly error_description?: string | undefined },
  ): void;
  deviceInput(ctx: KoaContextWithOIDC, form: string, error: Error | undefined): void;
  deviceConfirm(ctx: KoaContextWithOIDC, form: string, client: Client, userCode: string): void;
  deviceDone(ctx: KoaContextWithOIDC): void;
  signOut(ctx: KoaContextWithOIDC, form: string): void;
  signedOut(ctx: KoaContextWithOIDC): void;
}
