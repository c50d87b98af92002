import type { SignInAllow, SignInAllowList, SignInConfig, SignInProviderConfig } from '../core/sign-in.ts';
import { label, secret, serverUrl } from './authenticators/formats.ts';
import { lintServer } from './authenticators/token-lint.ts';
import { scope } from './formats-network.ts';
import { name } from './formats-places.ts';
import { duration } from './formats-units.ts';
import { object, optional, required, withDefault } from './schema.ts';
import { entryNode, list, refined, wordOrObject } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { boolean, word } from './schema-values.ts';

const LISTED_MAX = 1_000;

const people = <T>(item: Schema<T>): Schema<readonly T[]> => list(item, { max: LISTED_MAX });

const allowList: Schema<SignInAllowList> = refined(
  object({
    emails: withDefault(
      people(label('an e-mail address', 254)),
      [],
      'Addresses the provider says it verified.',
      'none',
    ),
    domains: withDefault(people(label('a domain', 253)), [], 'Domains of such addresses, exactly.', 'none'),
    subjects: withDefault(people(label('a subject', 512)), [], 'Subjects (sub) at the provider.', 'none'),
    claims: withDefault(
      people(
        object({
          name: required(label('the name of a claim', 128), 'Claim of the ID token, for instance groups.'),
          value: required(label('a value', 512), 'Text the claim is, or that its list holds.'),
        }),
      ),
      [],
      'Claims that let somebody in.',
      'none',
    ),
  }),
  (value, node, path, context) => {
    if (Object.values(value).some((one) => one.length > 0)) return value;
    context.report('SP013', node.position, path, 'allow names nobody', 'name somebody, or write allow: anyone');
    return INVALID;
  },
);

const allow: Schema<SignInAllow> = wordOrObject(word(['anyone']), allowList);

const provider: Schema<SignInProviderConfig> = refined(
  object({
    name: required(
      name('a provider'),
      'Name of the provider; stands in its callback: <issuer>/sign-in/callback/<name>.',
    ),
    title: required(label('a title', 60), 'What its button says after "Continue with".'),
    issuer: required(serverUrl('the issuer'), 'Issuer of the provider, as its ID tokens name it.'),
    clientId: required(label('a client id', 256), 'Client the gateway is at the provider.'),
    clientSecret: optional(secret('the secret of that client'), 'Its secret; without one it is a public client.'),
    scopes: withDefault(
      list(scope(), { min: 1, max: 50, unique: true }),
      ['openid', 'profile', 'email'],
      'Scopes that are asked for.',
    ),
    allow: required(
      allow,
      'Who may come in: anyone, whom the provider knows, or whom one of the lists names.',
      '{ domains: [example.com] }',
    ),
    createAccounts: withDefault(
      boolean(),
      false,
      'true: who is allowed and has no account gets one. false: accounts are linked first, by: sallyport accounts link.',
    ),
    timeoutSeconds: withDefault(duration(0.1, 30), 5, 'Time the provider has to answer.'),
    allowPrivateAddresses: withDefault(
      boolean(),
      false,
      'true: the provider may be at a private or loopback address, and may be asked in plain HTTP.',
    ),
  }),
  (value, node, path, context) => {
    const issuerNode = entryNode(node, 'issuer');
    if (!lintServer(value.issuer, value.allowPrivateAddresses, issuerNode, [...path, 'issuer'], context))
      return INVALID;
    if (value.scopes.includes('openid')) return value;
    const scopes = entryNode(node, 'scopes');
    context.report(
      'SP013',
      scopes.position,
      [...path, 'scopes'],
      'without openid nobody is told who it is',
      'add openid',
    );
    return INVALID;
  },
);

/** `issuer.signIn`: how people prove who they are. */
export const signIn: Schema<Omit<SignInConfig, 'scopeDescriptions'>> = refined(
  object({
    passwords: withDefault(boolean(), true, 'Whether people may sign in with user name and password.'),
    passkeys: withDefault(
      boolean(),
      true,
      'Whether people may sign in with passkeys (WebAuthn). They are bound to the host of the issuer.',
    ),
    providers: withDefault(list(provider, { max: 16 }), [], 'OpenID providers people may sign in at.', 'none'),
  }),
  (value, node, path, context) => {
    const names = value.providers.map((one) => one.name);
    const twice = names.findIndex((one, index) => names.indexOf(one) !== index);
    if (twice >= 0) {
      const at = entryNode(node, 'providers');
      context.report('SP013', at.position, [...path, 'providers', twice, 'name'], 'two providers have this name');
      return INVALID;
    }
    if (value.passwords || value.passkeys || names.length > 0) return value;
    context.report(
      'SP013',
      node.position,
      path,
      'nobody could sign in',
      'switch on passwords or passkeys, or add a provider',
    );
    return INVALID;
  },
);

/** What holds where `signIn` is absent: passwords and passkeys of accounts that an administrator made. */
export const DEFAULT_SIGN_IN: Omit<SignInConfig, 'scopeDescriptions'> = {
  passwords: true,
  passkeys: true,
  providers: [],
};
