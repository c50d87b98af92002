import type { PageAnswer, PageRequest } from '../../core/sign-in.ts';
import { assetAnswer } from './asset-answer.ts';
import { type SignInContext, type SignInParts, signInContext } from './context.ts';
import { interactionStep } from './interaction-step.ts';
import { inviteStep } from './invite-step.ts';
import { expiredPage, notFoundPage, unavailablePage } from './pages/message-pages.ts';
import { providerReturn } from './provider-step.ts';

/** Everything a person sees on the way to a token, and everything that proves who they are. */
export interface SignIn {
  /** Answers every path below `<base>/sign-in/`. Never rejects. */
  handle(request: PageRequest): Promise<PageAnswer>;
  /** Where the browser is sent with an interaction. */
  interactionUrl(id: string): string;
}

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST'];

/** One instance serves all requests of an issuer: what is pending is in its memory. */
export function createSignIn(parts: SignInParts): SignIn {
  const context = signInContext(parts);
  const { site, logger } = parts;
  return {
    handle: async (request) => {
      try {
        const answer = METHODS.includes(request.method)
          ? await routed(context, request)
          : { ...notFoundPage(site), status: 405 };
        return request.method === 'HEAD' ? { ...answer, body: '' } : answer;
      } catch (error) {
        // The name alone: a message may hold what somebody typed.
        logger.error({ error: error instanceof Error ? error.name : 'unknown' }, 'a page of sign-in failed');
        return unavailablePage(site);
      }
    },
    interactionUrl: (id) => `${site.origin}${site.root}/${id}`,
  };
}

const ID = /^[A-Za-z0-9_-]{16,128}$/;
const PROVIDER = /^[A-Za-z0-9._-]{1,64}$/;

async function routed(context: SignInContext, request: PageRequest): Promise<PageAnswer> {
  const { site } = context;
  const { method, path, query, headers } = request;
  if (!path.startsWith(`${site.root}/`)) return notFoundPage(site);
  const [first = '', second = '', ...more] = path.slice(site.root.length + 1).split('/');
  if (method !== 'POST' && second === '' && more.length === 0) {
    const asset = assetAnswer(first, headers['if-none-match']);
    if (asset !== undefined) return asset;
  }
  if (first === 'invite')
    return more.length > 1 ? notFoundPage(site) : inviteStep(context, request, second, more[0] ?? '');
  if (more.length > 0) return notFoundPage(site);
  if (first === 'callback')
    return method !== 'POST' && PROVIDER.test(second)
      ? providerReturn(context, request, second, query)
      : notFoundPage(site);
  // Alike for what never was and what is over.
  return ID.test(first) ? interactionStep(context, request, first, second) : expiredPage(site);
}
