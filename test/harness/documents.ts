import { fileURLToPath } from 'node:url';

/** GitHub's description of its own API, as `scripts/prepare-test` installs it: about 1,000 operations. */
export const GITHUB_DOCUMENT = fileURLToPath(
  new URL('../documents/node_modules/@octokit/openapi/generated/api.github.com.json', import.meta.url),
);
