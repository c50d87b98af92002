import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { GITHUB_DOCUMENT } from '../../../test/harness/documents.ts';
import type { Contract } from './contract.ts';
import { contractOfFile, judge, type Request, shown } from './contract-fixture.test.ts';
import { lookUp, memberOf, recordOf, textOf } from './json-node.ts';

const FILE = GITHUB_DOCUMENT;

/**
 * Examples of the document that are not what its own schemas say. Each is refused where it says; one that passes, or is
 * refused elsewhere, fails the test.
 */
const CONTRADICTIONS: Readonly<Record<string, string>> = {
  // Named examples with a summary and no value, of bodies that are required.
  'PATCH /enterprises/{enterprise}/dependabot/repository-access': 'body ',
  'PATCH /orgs/{org}/dependabot/repository-access': 'body ',
  // null, where the schema has an object that is not nullable.
  'PATCH /gists/{gist_id}': 'body /files/hello.py',
  'PUT /orgs/{org}/outside_collaborators/{username}': 'body ',
  // Fields the schema does not know.
  'POST /orgs/{org}/attestations/bulk-list': 'body /predicateType',
  'POST /users/{username}/attestations/bulk-list': 'body /predicateType',
  'PUT /orgs/{org}/copilot-spaces/{space_number}': 'body /resources_attributes/1/id',
  'PUT /users/{username}/copilot-spaces/{space_number}': 'body /resources_attributes/1/id',
  'PATCH /repos/{owner}/{repo}/import': 'body /human_name',
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/codespaces': 'body /repository_id',
  'POST /user/codespaces/{codespace_name}/publish': 'body /repository',
  // Values of another type than the schema has.
  'POST /orgs/{org}/projectsV2/{project_number}/fields': 'body /single_select_options/0/name',
  'POST /users/{username}/projectsV2/{project_number}/fields': 'body /single_select_options/0/name',
  'PATCH /repos/{owner}/{repo}/security-advisories/{ghsa_id}': 'body ',
  'PUT /user/codespaces/secrets/{secret_name}/repositories': 'body /selected_repository_ids/0',
  // A required field is missing.
  'POST /orgs/{org}/issue-fields': 'body /options/0/priority',
  // A key without the kind in front that the pattern asks for.
  'POST /user/keys': 'body /key',
  'POST /user/ssh_signing_keys': 'body /key',
};

/** Values of parameters that have no example and a schema no default text fits. */
const PATH_VALUES: Readonly<Record<string, string>> = { version: '1.0.0', subject_digest: `sha256:${'a'.repeat(64)}` };

interface Documented {
  readonly name: string;
  readonly method: string;
  readonly request: Request;
  readonly bodySchema: unknown;
  readonly query: readonly { readonly name: string; readonly schema: unknown }[];
}

let document: unknown;
let contract: Contract;
let requests: readonly Documented[];

before(() => {
  document = JSON.parse(readFileSync(FILE, 'utf8'));
  contract = contractOfFile(FILE);
  requests = documentedRequests();
});

/** What a node is, behind its reference. */
function followed(node: unknown): unknown {
  const ref = textOf(node, '$ref');
  return ref === undefined ? node : followed(lookUp(document, ref.slice(1)));
}

/** The documented example of a parameter, or something its schema lists; `made` is for those that have to be there. */
function exampleOf(node: unknown, made: string | undefined): unknown {
  const [named] = Object.values(recordOf(memberOf(node, 'examples')) ?? {});
  const schema = followed(memberOf(node, 'schema'));
  const listed = memberOf(schema, 'enum');
  return (
    memberOf(node, 'example') ??
    memberOf(followed(named), 'value') ??
    memberOf(schema, 'example') ??
    memberOf(schema, 'default') ??
    (Array.isArray(listed) ? listed[0] : undefined) ??
    (made !== undefined && memberOf(schema, 'type') === 'integer' ? 1 : made)
  );
}

/** Every documented example of a body with every documented example of its parameters, as requests. */
function documentedRequests(): Documented[] {
  const found: Documented[] = [];
  for (const [path, item] of Object.entries(recordOf(memberOf(document, 'paths')) ?? {}))
    for (const method of ['get', 'put', 'post', 'delete', 'patch']) {
      const operation = memberOf(item, method);
      if (operation === undefined) continue;
      const parameters = [memberOf(item, 'parameters'), memberOf(operation, 'parameters')].flat().map(followed);
      let target = path;
      const query: string[] = [];
      const queryParameters: { name: string; schema: unknown }[] = [];
      for (const parameter of parameters) {
        const name = textOf(parameter, 'name') ?? '';
        const mustBe = memberOf(parameter, 'required') === true;
        const value = exampleOf(parameter, mustBe ? (PATH_VALUES[name] ?? 'x') : undefined);
        if (memberOf(parameter, 'in') === 'path')
          target = target.replace(`{${name}}`, encodeURIComponent(String(PATH_VALUES[name] ?? value)));
        if (memberOf(parameter, 'in') !== 'query') continue;
        if (value === undefined) continue;
        queryParameters.push({ name, schema: followed(memberOf(parameter, 'schema')) });
        for (const one of Array.isArray(value) ? value : [value])
          query.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`);
      }
      if (query.length > 0) target += `?${query.join('&')}`;
      const name = `${method.toUpperCase()} ${path}`;
      const base = { name, method: method.toUpperCase(), query: queryParameters };
      const bodies = Object.entries(
        recordOf(memberOf(followed(memberOf(operation, 'requestBody')), 'content')) ?? {},
      ).flatMap(([type, media]) => {
        const schema = memberOf(media, 'schema');
        const examples = Object.values(recordOf(memberOf(media, 'examples')) ?? {});
        const values =
          examples.length > 0 ? examples.map((one) => memberOf(followed(one), 'value')) : [memberOf(media, 'example')];
        return values.map((body) => ({ type, schema, body }));
      });
      if (bodies.length === 0) bodies.push({ type: '', schema: undefined, body: undefined });
      for (const { type, schema, body } of bodies) {
        const form = type === 'application/x-www-form-urlencoded' && recordOf(body) !== undefined;
        const sent = form
          ? new URLSearchParams(
              Object.entries(recordOf(body) ?? {}).map(([k, v]): [string, string] => [k, String(v)]),
            ).toString()
          : body;
        const content = body === undefined ? {} : { body: sent, type };
        found.push({ ...base, bodySchema: schema, request: { method: base.method, target, ...content } });
      }
    }
  return found;
}

test('every part of the document of GitHub compiles', () => {
  contract.compileAll();
  assert.ok(contract.operations.length > 1_000, `${contract.operations.length} operations`);
});

test('every documented example passes, but for those that contradict their own schema', () => {
  const contradicting = new Set<string>();
  let passed = 0;
  for (const { name, request } of requests) {
    const said = shown(judge(contract, request));
    if (said === '') {
      passed++;
      continue;
    }
    assert.equal(said, CONTRADICTIONS[name] ?? '', `${name} ${request.target}`);
    contradicting.add(name);
  }
  assert.deepEqual([...contradicting].sort(), Object.keys(CONTRADICTIONS).sort());
  assert.ok(passed > 1_200, `${passed} passed`);
});

test('most documented bodies are recognised, and no value is made of them', () => {
  let bodies = 0;
  let made = 0;
  for (const { request } of requests) {
    if (request.type !== 'application/json' || request.body === undefined) continue;
    let isMade = false;
    const onRead = (): void => {
      isMade = true;
    };
    if (judge(contract, request, onRead) !== undefined) continue;
    bodies++;
    if (isMade) made++;
  }
  assert.ok(bodies > 350 && made * 6 < bodies, `of ${made} of ${bodies} bodies a value was made`);
});

test('an example that is changed in one place is refused, and the place is named', () => {
  const counts = new Map<string, number>();
  const refused = (kind: string, name: string, request: Request, expected: string): void => {
    assert.equal(shown(judge(contract, request)), expected, `${kind}: ${name}`);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  for (const { name, request, bodySchema, query } of requests) {
    if (shown(judge(contract, request)) !== '') continue;
    const { target } = request;
    refused('unknown path', name, { ...request, target: `/nowhere${target}` }, 'endpoint');
    refused('unknown method', name, { ...request, method: 'PROPFIND' }, 'method');
    const mark = target.includes('?') ? '&' : '?';
    refused(
      'unknown parameter',
      name,
      { ...request, target: `${target}${mark}un_known=1` },
      'parameter query:un_known',
    );
    for (const { name: parameter, schema } of query) {
      const changed = (value: string): Request => {
        const [path = '', pairs = ''] = target.split('?');
        const kept = pairs.split('&').filter((pair) => !pair.startsWith(`${encodeURIComponent(parameter)}=`));
        return { ...request, target: `${path}?${[...kept, `${encodeURIComponent(parameter)}=${value}`].join('&')}` };
      };
      const at = `parameter query:${parameter}`;
      if (memberOf(schema, 'type') === 'integer') refused('parameter of another type', name, changed('1e3'), at);
      if (memberOf(schema, 'type') === 'boolean') refused('parameter of another type', name, changed('yes'), at);
      if (Array.isArray(memberOf(schema, 'enum'))) refused('parameter off its list', name, changed('off-the-list'), at);
    }
    const schema = followed(bodySchema);
    const body = recordOf(request.body);
    const properties = recordOf(memberOf(schema, 'properties'));
    if (body === undefined || properties === undefined || request.type !== 'application/json') continue;
    refused('another content type', name, { ...request, type: 'application/xml' }, 'contentType header:content-type');
    if (isOnlyObject(schema))
      refused('unknown field', name, { ...request, body: { ...body, un_known: 1 } }, 'body /un_known');
    const required = memberOf(schema, 'required');
    for (const field of Array.isArray(required) ? required : [])
      if (Object.hasOwn(body, field)) {
        const { [field]: _left, ...rest } = body;
        refused('missing field', name, { ...request, body: rest }, `body /${field}`);
      }
    for (const [field, property] of Object.entries(properties)) {
      const one = followed(property);
      const type = memberOf(one, 'type');
      if (!Object.hasOwn(body, field) || typeof type !== 'string') continue;
      const put = (value: unknown): Request => ({ ...request, body: { ...body, [field]: value } });
      refused('field of another type', name, put(type === 'object' ? 'text' : { un: 'known' }), `body /${field}`);
      if (type === 'string' && Array.isArray(memberOf(one, 'enum')))
        refused('field off its list', name, put('off-the-list'), `body /${field}`);
      const max = memberOf(one, 'maxLength');
      if (typeof max === 'number') refused('field out of range', name, put('x'.repeat(max + 1)), `body /${field}`);
      const most = memberOf(one, 'maximum');
      if (typeof most === 'number') refused('field out of range', name, put(most + 1), `body /${field}`);
    }
  }
  for (const kind of [
    'unknown path',
    'unknown method',
    'unknown parameter',
    'parameter of another type',
    'parameter off its list',
    'another content type',
    'unknown field',
    'missing field',
    'field of another type',
    'field off its list',
    'field out of range',
  ])
    assert.ok((counts.get(kind) ?? 0) >= 5, `${kind}: ${counts.get(kind)}`);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(all > 6_000, `${all} changed requests`);
});

/** Whether the fields of a body are those of this schema and no alternative's. */
function isOnlyObject(schema: unknown): boolean {
  return ['oneOf', 'anyOf', 'allOf', 'additionalProperties'].every(
    (keyword) => memberOf(schema, keyword) === undefined,
  );
}
