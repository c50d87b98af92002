import { type CatalogueEntry, error, warning } from './diagnostic-entry.ts';
import { INSPECTION_DIAGNOSTICS } from './inspection-diagnostics.ts';

/** Every diagnostic of a configuration. Codes are stable: documents, editors and scripts rely on them. */
export const DIAGNOSTICS = {
  SP001: error(
    'The file cannot be read',
    'Without its configuration the gateway does not know what to protect, so it does not start.',
    'check the path and its permissions, or write one with: sallyport init --upstream URL',
  ),
  SP002: error(
    'The file is too large',
    'Reading is bounded, so that a wrong file cannot exhaust the gateway.',
    'keep the file under 8 MiB; consumers and keys live in the store, not in the file',
  ),
  SP003: error(
    'Not valid YAML 1.2',
    'A file that can be read in two ways is refused as a whole.',
    'correct the line; indent with spaces; inside braces and brackets, values such as "${env:NAME}" or "100/1m" are safest in quotes',
  ),
  SP004: error(
    'A key stands twice',
    'Which of the two counts would depend on the reader; a gateway must not guess.',
    'remove one of them',
  ),
  SP005: error(
    'Too much structure',
    'Aliases and nesting can make a small file huge when read; the bounds are far above what a configuration needs.',
    'write the values out, or split what is nested',
  ),
  SP006: error(
    'YAML feature that is not supported',
    'Tags, keys that are not text, and unusual values have no meaning in this file.',
    'write plain text, numbers, true or false, lists and records only',
  ),
  SP010: error(
    'Unknown key',
    'A misspelt key that was skipped would leave out the protection it was meant to switch on.',
    'remove it, or correct its spelling',
  ),
  SP011: error('A key is missing', 'There is no safe value to assume in its place.', 'add the key'),
  SP012: error(
    'Wrong kind of value',
    'A value of another kind is never converted silently.',
    'write a value of the kind that is expected',
  ),
  SP013: error(
    'Value out of range or not in the list',
    'Only these values have a defined meaning.',
    'use one of the values allowed here',
  ),
  SP014: error(
    'Malformed value',
    'A value that cannot be read exactly would be applied differently from what was meant.',
    'write the value in the form that is expected',
  ),
  SP015: error(
    'Keys that do not go together',
    'Two keys that answer the same question leave open which one counts.',
    'keep exactly one of them',
  ),
  SP016: error(
    'Not available yet',
    'This key is reserved. Accepting it without acting on it would promise a protection that is not there.',
    'remove it until it is available',
  ),
  SP017: error(
    'Unknown configuration version',
    'Another version may give the same keys another meaning.',
    'write version: 1',
  ),
  SP018: error(
    'Name that cannot be used',
    'Names stand in headers, metrics, addresses of the admin API and command lines.',
    'use letters, digits, ".", "_" and "-", starting with a letter or digit, at most 64 characters',
  ),
  SP020: error(
    'A variable is not set',
    'A secret that is missing is not the same as an empty one.',
    'set the variable in the environment of the gateway',
  ),
  SP021: error(
    'A secret file cannot be read',
    'A secret that is missing is not the same as an empty one.',
    'check the path, which starts from the folder of the configuration, and its permissions',
  ),
  SP022: error(
    'Malformed or misplaced ${…}',
    'Text that looks like a reference to a secret and is not one would be used as the secret itself.',
    'write ${env:NAME} or ${file:PATH}, in a value that takes one; $${ stands for a plain ${',
  ),
  SP023: error(
    'A credential stands in the file',
    'Configuration files are copied, committed and shown on screens; what stands in them is not secret.',
    'revoke it, remove it from the file, and refer to its successor by ${env:NAME} or ${file:PATH}',
  ),
  SP024: error(
    'A file that is named cannot be used',
    'The gateway would fail when it needs the file instead of now.',
    'check the path, which starts from the folder of the configuration, its permissions and its format (PEM)',
  ),
  SP025: error(
    'Certificate and key do not belong together',
    'No TLS handshake could succeed.',
    'name the private key the certificate was issued for',
  ),
  SP026: error(
    'Client certificates that could not be checked',
    'Clients would be asked for certificates nobody can judge, or certificates would be expected that nobody asks for.',
    'set clientAuth, clientCa and crl together: crl needs clientCa, clientCa needs clientAuth: request or require',
  ),
  SP027: error(
    'An authority without revocation list',
    'With revocation lists every authority of a chain needs its own; of one without, no certificate could be accepted.',
    'add the list of every authority in clientCa to the file, root authorities included',
  ),
  SP030: error(
    'Unknown upstream',
    'Calls of the route would have nowhere to go.',
    'name one of the upstreams, or add it under upstreams',
  ),
  SP031: error(
    'Unknown authenticator',
    'The route would ask for a proof nobody can check.',
    'name one of the authenticators, or add it under authenticators',
  ),
  SP032: error(
    'Two routes with one id',
    'Modes, limits and records are kept by id; two routes would share them.',
    'give each route an id of its own',
  ),
  SP033: warning(
    'Declared and never used',
    'What nothing refers to has no effect; often a name is misspelt elsewhere.',
    'remove it, or refer to it from a route',
  ),
  SP040: error(
    'The same route twice',
    'Both match exactly the same calls, so that only one could ever be used.',
    'remove one of them, or make host, path or methods differ',
  ),
  SP041: error(
    'Dead route',
    'Routes with the same host and path take every method of this one first: what it asks for is never applied.',
    'remove it, or narrow the routes that cover it',
  ),
  SP042: warning(
    'Overlapping routes',
    'Some calls match both, and the two ask for different things; the result is easily misread.',
    'make the paths or methods disjoint, or give both routes the same protection',
  ),
  SP043: error(
    'Scopes without authentication',
    'Scopes belong to a credential; a route that asks for none would refuse every call.',
    'write authenticate: { anyOf: […] }, or remove the scopes',
  ),
  SP044: warning(
    'Open route',
    'Anyone who reaches the gateway may call it.',
    'say why, if it is intended: authenticate: { none: "the status page is for everybody" }; else write authenticate: { anyOf: […] }',
  ),
  SP045: warning(
    'Limit counts a consumer that is not known',
    'Without authentication there is no consumer; the limit falls back to the client address.',
    'write per: address, or authenticate the route',
  ),
  SP046: error(
    'A limit no call can pass',
    'One call costs more than the limit ever holds, so that every call would be refused.',
    'raise the burst or quota, or lower the cost',
  ),
  SP047: warning(
    'Unreachable limit',
    'A stricter limit of the same route always refuses first.',
    'remove it, or count it per something else',
  ),
  SP048: warning(
    'Hidden by a more exact host',
    'Only the routes of the most exact host are asked: those of *.name and * do not fill its gaps.',
    'repeat the route for that host, or leave the host out there',
  ),
  SP049: warning(
    'Methods hidden by a narrower path',
    'Once a path is found, no wider one is tried, so that a method never slips to a route with weaker rules.',
    'nothing, if those calls are to be refused; else list the methods at the narrower path, in a route of their own',
  ),
  SP050: error(
    'Every address is a trusted proxy',
    'Anyone could claim any client address in a header; limits and bans by address would be void.',
    'list the addresses of the proxies in front of the gateway, as narrow as possible',
  ),
  SP051: warning(
    'Very wide trusted proxies',
    'Every host in the block may claim any client address in a header.',
    'list the addresses of the proxies in front of the gateway, as narrow as possible',
  ),
  SP052: warning(
    'Admin port reachable from outside',
    'The admin port speaks plain HTTP; its token would travel in clear and the port be open to attack.',
    'write admin: { host: 127.0.0.1 } and reach it by a tunnel or a TLS proxy',
  ),
  SP053: warning(
    'Credentials may travel in clear',
    'The gateway listens beyond this machine without TLS and trusts no proxy that could have ended TLS before it.',
    'set listen.tls, or trustedProxies where a proxy ends TLS',
  ),
  SP054: error(
    'One address twice',
    'Callers and administration never share a port.',
    'give listen and admin different ports',
  ),
  SP055: error(
    'The upstream is the gateway itself',
    'Every call would come back to the gateway until it is overloaded.',
    'name the address of the API behind the gateway',
  ),
  SP056: error(
    'Option that does not fit its upstream',
    'It could not be honoured and would be skipped silently.',
    'use https:// targets, or remove the option',
  ),
  SP060: error(
    'Unmatched calls forwarded while something is enforced',
    'A call that misses an enforced route by one character would pass unjudged.',
    'write unmatched: deny and stages: { route: enforce }, or mode: observe everywhere',
  ),
  SP061: error(
    'Nowhere to forward unmatched calls',
    'With several upstreams the gateway cannot know which one is meant.',
    'write unmatchedUpstream: NAME',
  ),
  SP062: warning(
    'Mode is not said',
    'Without it the gateway observes: everything is judged and recorded, nothing is blocked.',
    'write mode: observe or mode: enforce',
  ),
  SP063: warning(
    'Calls that match no route pass while a route enforces',
    'unmatched: deny is only observed there: a call that misses an enforced route by one character goes on, held to no rule.',
    'write stages: { route: enforce }, and such calls get 404',
  ),
  SP080: error(
    'Tokens without a signature',
    'Whoever writes such a token is whoever they say.',
    'list the algorithms your issuer signs with, such as [ES256]',
  ),
  SP081: error(
    'Audience with a wildcard',
    'A token that was issued for another API would be taken here, and whoever runs that API could call this one.',
    'write the exact audience of this API',
  ),
  SP082: error(
    'Shared secrets beside public keys',
    'A public key is no secret: where both kinds are taken, one can be passed off as the other.',
    'use two authenticators, one with HS* and secrets, one with public keys',
  ),
  SP083: error(
    'Weak secret',
    'Whoever guesses it, with any token or signature at hand to try on, can call as anybody.',
    'make one with: openssl rand -base64 64',
  ),
  SP084: error(
    'Key that cannot be used',
    'It does not fit its algorithm, is too weak, or contradicts itself; tokens under it would all be refused.',
    'replace the key, or correct algorithms',
  ),
  SP085: error(
    'Issuer asked in plain HTTP',
    'Whoever sits on the way could answer in its place, and decide who is calling.',
    'write https://; for an issuer on this machine or a private network: allowPrivateAddresses: true',
  ),
  SP086: error(
    'Signature that covers too little',
    'A signature over less than method and target can be cut out of one request and put onto another.',
    'cover @method and @target-uri, and content-digest where there are bodies',
  ),
  SP087: error(
    'Password hash that cannot be used',
    'It is not in a form the gateway checks, or costs an attacker too little to try words on.',
    'make one with: sallyport passwords hash',
  ),
  SP088: error(
    'Certificates nobody asks for',
    'The listener does not ask clients for certificates, and none are forwarded: every call would be refused.',
    'add listen.tls.clientAuth: request and clientCa, or forwarded to the authenticator',
  ),
  SP089: error(
    'Forwarded certificates without trusted proxies',
    'A forwarded certificate is believed from trusted proxies only, and there are none.',
    'add trustedProxies: the addresses of your proxy',
  ),
  SP092: error(
    'Paths of the authorization server',
    'A route under the path of the issuer would answer in place of its endpoints, or be hidden by them.',
    'give the issuer another path, or move the route',
  ),
  SP093: warning(
    'Authorization server in plain HTTP',
    'Codes, tokens and passwords would travel in clear; clients and browsers refuse such an issuer.',
    'write https:// in issuer.url; plain HTTP is for this machine only',
  ),
  SP094: warning(
    'Anybody may register a client',
    'Clients that nobody vouches for may ask people for consent under any name.',
    'write registration: token, and give initial access tokens to those you know',
  ),
  SP095: error(
    'Tokens of an issuer that is not there',
    'The method is for tokens of the embedded authorization server, and none is configured: every call would be refused.',
    'add issuer: { url: … }, or write type: jwt with the issuer of the tokens',
  ),
  SP100: error(
    'Unknown policy',
    'The route would be open to everybody whom the policy was to keep out.',
    'name one of the policies, or add it under policies',
  ),
  SP101: error(
    'Expression that cannot be used',
    'It names something there is not, is neither true nor false, is the same for every call, or could cost too much.',
    'correct it; what may stand in it is in docs/guides/access-rules.md',
  ),
  SP102: error(
    'Rule that denies everything',
    'A rule that denies without conditions meets every call.',
    'add a condition, or remove the route',
  ),
  SP103: error(
    'Condition nobody can meet',
    'It asks something of the caller, and the route asks nobody who they are: every call would be refused.',
    'write authenticate: { anyOf: […] }, or remove the condition',
  ),
  SP110: error(
    'OpenAPI document that cannot be read',
    'Without the document nothing would be held to it.',
    'check the path and the permissions of the document, and of the files it refers to',
  ),
  SP111: error(
    'OpenAPI document that is not well-formed',
    'A document that can be read in two ways is refused as a whole.',
    'correct the line in the document',
  ),
  SP112: error(
    'OpenAPI document that cannot be used',
    'A part that was skipped would leave calls unchecked that the document means to be checked.',
    'correct the place in the document; what is understood is in docs/guides/contract.md',
  ),
  SP113: error(
    'Contract without a document',
    'The route is to be held to a document, and its upstream names none.',
    'add openapi: FILE to the upstream, or remove inspect.contract',
  ),
  SP114: warning(
    'Documented credential that nobody asks for',
    'The document says that callers prove who they are, and the route takes them without.',
    'write authenticate: { anyOf: […] }, or security: [] in the document',
  ),
  SP115: warning(
    'Documented operations without a route',
    'Calls to them match no route, or one that is not for them.',
    'add a route, or remove them from the document',
  ),
  SP116: warning(
    'Route to what is not documented',
    'The document describes no operation a call of the route could be for: every one departs from the contract.',
    'describe the operation, or write inspect: { contract: { undocumented: allow } }',
  ),
  SP120: error(
    'Condition that asks nothing',
    'It holds for everybody, so that the rule always counts, or never.',
    'add a condition, or remove if or unless',
  ),
  SP121: error(
    'Field rule that does not say one thing',
    'What is done with its fields would depend on how it is read.',
    'write one rule for each of allow, mask, drop and deny',
  ),
  SP122: error(
    'Expression over rows that cannot be used',
    'It names something there is not, does not name row, is neither true nor false, or could cost too much.',
    'correct it; what may stand in it is in docs/guides/fields.md',
  ),
  SP123: error(
    'Other fields are dropped, and no rule allows any',
    'Others are those that no rule allows, where one rule does: without one, all fields go on.',
    'write a rule that allows what may be set, or remove otherFields',
  ),
  SP140: error(
    'File of countries that cannot be used',
    'A rule that asks for countries could not be found out, and would refuse every call.',
    'name a whole MMDB file in geo.countries, of MaxMind GeoLite2, DB-IP or IPinfo',
  ),
  SP141: error(
    'Countries without a file',
    'The rule asks where addresses are, and nothing here knows: it would refuse every call.',
    'add geo: { countries: ./countries.mmdb }',
  ),
  SP142: error(
    'Rule that can never apply',
    'What it asks contradicts itself or the route: it refuses every call, or never denies one.',
    'correct the condition, or remove the rule',
  ),
  SP143: error(
    'Unknown group of routes',
    'What the group was to ask would not be asked.',
    'name one of routeGroups, or add it there',
  ),
  SP144: error(
    'Groups of routes that cannot be put together',
    'A group that lies in itself, or very deep in others, says nothing one could read.',
    'let the innermost group name the one around it, at most four of them',
  ),
  SP145: error(
    'Weaker than its group',
    'Whoever reads the group believes that it holds for all of its routes.',
    'take it from the group, or name it under replaces',
  ),
  SP146: warning(
    'Nothing is replaced',
    'A difference that is written later would pass without a word.',
    'remove it from replaces',
  ),
  SP147: warning(
    'Rule that changes nothing',
    'Another rule decides all that it decides: either it is left over, or one of the two is not what was meant.',
    'remove it, or correct the one that was meant otherwise',
  ),
  SP148: warning(
    'Scope nobody has',
    'Scopes of these methods stand in the file, and nobody has this one: every call is refused.',
    'give it to a client of the method, or correct the scope',
  ),
  SP149: warning(
    'Condition no method of the route can meet',
    'What identifies callers here never says what is asked: a route refuses every call, a rule or an exception never counts.',
    'add a method that can, such as jwt with rolesClaim, or remove the condition',
  ),
  SP195: warning(
    'Scope, group or tier nobody has',
    'Neither the file nor the store of the running gateway has anybody with it: every call is refused.',
    'give it to a key or a consumer, or correct what the route asks for',
  ),
  SP130: error(
    'Unknown look-up of owners',
    'Whose an object is could not be found out, and every call would be refused.',
    'name one of owners, or add it: owners: { orders: { type: http, url: … } }',
  ),
  SP131: error(
    'Unknown decider',
    'Whoever was to decide would not be asked.',
    'name one of deciders, or add it: deciders: { opa: { type: opa, url: … } }',
  ),
  SP132: error(
    'Table of owners that cannot be read',
    'What is asked of the database has to be said in one way.',
    'write table, keyColumn and ownerColumn, or query',
  ),
  SP133: error(
    'Decisions in clear',
    'Anybody on the way could answer in place of whoever is asked, and let every call pass.',
    'write https://, or sslmode=verify-full for a database; allowPrivateAddresses: true is for servers on this machine or network',
  ),
  SP134: error(
    'A route that opens when a decider fails',
    'With onFailure: rules the other rules decide, and this route has none: whoever stops the decider would open it.',
    'write onFailure: unavailable, or ask for scopes, groups or a condition too',
  ),
  SP135: error(
    'AuthZEN question without its parts',
    'The Authorization API asks whether a subject may do an action on a resource.',
    'add them to send',
  ),
  SP136: error(
    'A credential would be sent to a decider',
    'Whoever reads it there could call as its owner.',
    'remove the field; who is calling is sent as subject, consumer and claims',
  ),
  SP137: error(
    'Authority for a connection without TLS',
    'There would be no certificate to verify by it, and nobody would be told.',
    'use https://, or remove ca',
  ),
  ...INSPECTION_DIAGNOSTICS,
} as const satisfies Record<string, CatalogueEntry>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;
