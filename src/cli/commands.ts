import type { Command } from './command.ts';

/** A command in the overall help; its code is loaded only when it runs. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

/** Every command, in the order of the overall help. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'up', summary: 'run the gateway', load: () => import('./commands/up.ts') },
  { name: 'check', summary: 'validate a configuration', load: () => import('./commands/check.ts') },
  { name: 'init', summary: 'write a commented configuration', load: () => import('./commands/init.ts') },
  { name: 'keys', summary: 'create, list, rotate and revoke API keys', load: () => import('./commands/keys.ts') },
  { name: 'consumers', summary: 'the API clients that own keys', load: () => import('./commands/consumers.ts') },
  { name: 'accounts', summary: 'people who sign in', load: () => import('./commands/accounts.ts') },
  { name: 'tokens', summary: 'revoke tokens of issuers', load: () => import('./commands/tokens.ts') },
  { name: 'clients', summary: 'OAuth clients of the issuer', load: () => import('./commands/clients.ts') },
  { name: 'signing-keys', summary: 'keys the issuer signs with', load: () => import('./commands/signing-keys.ts') },
  { name: 'findings', summary: 'what was found', load: () => import('./commands/findings.ts') },
  {
    name: 'decoys',
    summary: 'credentials that are planted, so that whoever finds them is found',
    load: () => import('./commands/decoys.ts'),
  },
  { name: 'owners', summary: 'whose objects are, where that was accepted', load: () => import('./commands/owners.ts') },
  {
    name: 'parameters',
    summary: 'what parameters of endpoints hold, as accepted calls showed it',
    load: () => import('./commands/parameters.ts'),
  },
  {
    name: 'exceptions',
    summary: 'which attacks are let through where, until when, and how often they were',
    load: () => import('./commands/exceptions.ts'),
  },
  { name: 'secrets', summary: 'find keys of ours in files', load: () => import('./commands/secrets.ts') },
  { name: 'passwords', summary: 'hash a password for the method basic', load: () => import('./commands/passwords.ts') },
  { name: 'enforce', summary: 'block what a route or stage denies', load: () => import('./commands/enforce.ts') },
  { name: 'observe', summary: 'only record what a route or stage denies', load: () => import('./commands/observe.ts') },
  {
    name: 'modes',
    summary: 'what enforce and observe set, over what the configuration says',
    load: () => import('./commands/modes.ts'),
  },
  { name: 'replay', summary: 'try a configuration on stored calls', load: () => import('./commands/replay.ts') },
  { name: 'explain', summary: 'the trace of one call', load: () => import('./commands/explain.ts') },
];
