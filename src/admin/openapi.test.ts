import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contract } from '../authz/contract/contract.ts';
import { readDocument } from '../authz/contract/read-document.ts';
import { OPERATIONS } from './api.ts';
import { openApiDocument } from './openapi.ts';

interface Described {
  readonly operationId: string;
  readonly 'x-role': string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, object>>;
}

const text = JSON.stringify(openApiDocument(OPERATIONS));
const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Described>> };

test('the contract compiler takes the description of the admin API, every schema of it', () => {
  const read = readDocument('admin.json', { readFile: () => text, beside: () => undefined });
  assert.ok(read.ok, JSON.stringify(read));
  const contract = new Contract(read.text, true);
  contract.compileAll();
  const call = (method: string, path: string, query = '') =>
    contract.judgeCall({ method, path, query, headers: [], hasBody: false, queryNamesBeside: [] });
  assert.equal(call('GET', '/api/v1/calls').kind, 'done');
  assert.notEqual(call('GET', '/api/v1/calls', 'outcome=nonsense').kind, 'done');
  assert.notEqual(call('GET', '/api/v1/nothing').kind, 'done');
});

test('every operation is described once, with its role, its refusals and the variables of its path', () => {
  const described = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
  assert.equal(described.length, OPERATIONS.length);
  for (const operation of OPERATIONS) {
    const found = described.find(({ operationId }) => operationId === operation.operationId);
    assert.ok(found, operation.operationId);
    assert.deepEqual([found.method, found.path, found['x-role']], [operation.method, operation.path, operation.role]);
    assert.equal(found.security?.length === 0, operation.role === 'anyone', operation.operationId);
    assert.equal('401' in found.responses && '403' in found.responses, operation.role !== 'anyone');
    const inPath = (found.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
    assert.deepEqual(inPath, operation.path.match(/\{\w+\}/g) ?? [], operation.operationId);
  }
});
