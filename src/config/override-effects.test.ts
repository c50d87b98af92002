import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { Mode } from '../core/decision.ts';
import type { ModeOverride } from '../ports.ts';
import { defaultConfiguration } from './default-configuration.ts';
import { changesNothing, modesAt } from './override-effects.ts';
import { applyOverrides } from './overrides.ts';

const DEFAULT = defaultConfiguration();

function route(id: string, path: string, more: Partial<RouteConfig> = {}): RouteConfig {
  return { ...DEFAULT.routes[0]!, id, match: { host: '*', path, methods: [] }, ...more };
}

const BASE: Configuration = {
  ...DEFAULT,
  routes: [route('orders', '/orders/*'), route('users', '/users/*', { mode: 'enforce' }), route('all', '/*')],
};

let at = 0;
function set(scope: ModeOverride['scope'], target: string, mode: Mode): ModeOverride {
  return { scope, target, mode, setAtMs: ++at };
}

test('a mode the configuration has anyway changes nothing, of a route, a stage of it, a stage and a path', () => {
  // A stage that observes everywhere holds over routes that enforce.
  for (const same of [
    set('route', 'orders', 'observe'),
    set('route-stage', 'limit@orders', 'observe'),
    set('stage', 'limit', 'observe'),
    set('path', '/orders/*', 'observe'),
    set('path', '/orders/7', 'observe'),
    set('path', '/users/7', 'enforce'),
    set('route-stage', 'limit@users', 'enforce'),
  ])
    assert.equal(changesNothing(BASE, [], same), same.scope !== 'stage', `${same.scope} ${same.target}`);
  for (const other of [
    set('route', 'orders', 'enforce'),
    set('route-stage', 'limit@orders', 'enforce'),
    set('path', '/orders/7', 'enforce'),
    set('path', '/*', 'observe'),
    set('route', 'nosuch', 'observe'),
  ])
    assert.equal(changesNothing(BASE, [], other), false, `${other.scope} ${other.target}`);
});

test('a mode that another one set made different is kept, and so is one that another one repeats', () => {
  const whole = set('path', '/orders/*', 'enforce');
  assert.equal(changesNothing(BASE, [whole], set('route', 'orders', 'observe')), false);
  assert.equal(changesNothing(BASE, [whole], set('route', 'orders', 'enforce')), false, 'the other may be taken back');
  assert.equal(changesNothing(BASE, [whole], set('path', '/orders/7', 'observe')), false);
  const around = set('path', '/orders/{id}', 'enforce');
  assert.equal(
    changesNothing(BASE, [around], set('path', '/orders/7', 'observe')),
    false,
    'its calls went to the route that the other made',
  );
  const stage = set('route-stage', 'limit@orders', 'enforce');
  assert.equal(
    changesNothing(BASE, [stage], set('route', 'orders', 'observe')),
    true,
    'the stage has a word of its own',
  );
});

test('of a place it is said what is in force, and what the configuration alone says', () => {
  const [path, stage] = [set('path', '/orders/7', 'enforce'), set('route-stage', 'limit@orders', 'enforce')];
  const said = (overrides: readonly ModeOverride[], place: ModeOverride): readonly string[] => {
    const { inForce, configured } = modesAt(BASE, applyOverrides(BASE, overrides).configuration, place);
    return [inForce, configured];
  };
  assert.deepEqual(said([path], path), ['enforce', 'observe']);
  assert.deepEqual(said([], path), ['observe', 'observe'], 'its calls go to the route around it');
  assert.deepEqual(said([stage], stage), ['enforce', 'observe']);
  const route = set('route', 'orders', 'observe');
  assert.deepEqual(said([stage, route], route), ['mixed', 'observe'], 'the stage holds over it');
  assert.deepEqual(said([], set('path', '/*', 'observe')), ['mixed', 'mixed']);
  assert.deepEqual(said([route], set('stage', 'limit', 'observe')), ['mixed', 'mixed']);
});
