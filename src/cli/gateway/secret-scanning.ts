import { GITHUB_SECRET_SCANNING } from '../../admin/hooks.ts';
import type { SecretScanningConfig } from '../../core/configuration.ts';
import { createFetch } from '../../edge/outbound-fetch.ts';
import { createGithubSecretScanning, type Hook } from '../../tokens/github-secret-scanning.ts';
import { GithubSigningKeys } from '../../tokens/github-signing-keys.ts';
import { createIssuedKeyCheck } from '../../tokens/issued-key.ts';
import type { Gateway } from './gateway.ts';

/** Hooks of the running gateway by path, as its configuration is at the moment. */
export function hooksOf(gateway: Gateway): (path: string) => Hook | undefined {
  const { state, clock } = gateway;
  const issuedKey = createIssuedKeyCheck(state.store.keys, state.peppers);
  const fetch = createFetch();
  let made: { readonly url: string; readonly isPrivate: boolean; readonly hook: Hook } | undefined;
  const githubHook = ({ publicKeysUrl: url, allowPrivateAddresses: isPrivate }: SecretScanningConfig): Hook => {
    if (made?.url === url && made.isPrivate === isPrivate) return made.hook;
    const hook = createGithubSecretScanning({
      keys: new GithubSigningKeys({ url, allowPrivateAddresses: isPrivate, fetch, clock }),
      issuedKey,
      leaked: (keyId, observation) => {
        // A planted key that was published is worth telling of, and ends nothing.
        if (state.honey.find(keyId) !== undefined) state.findings.observe(observation);
        else gateway.leakedKeys.seen(keyId, observation);
      },
      clock,
    });
    made = { url, isPrivate, hook };
    return hook;
  };
  return (path) => {
    const { secretScanning } = gateway.configuration.apiKeys;
    return path === GITHUB_SECRET_SCANNING && secretScanning !== undefined ? githubHook(secretScanning) : undefined;
  };
}
