import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';

export function editorOf(page: Page): Locator {
  return page.getByRole('textbox', { name: 'The configuration' });
}

/** A text with one place otherwise, which has to be in it. */
export function changedText(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), `${from} is in the configuration`);
  return text.replace(from, to);
}

/** The seeded configuration made stricter: globex may not read orders any more. */
export function withoutGlobex(text: string): string {
  return changedText(
    text,
    'scopes: [orders:read] }',
    'scopes: [orders:read], deny: [{ name: no-globex, consumers: [globex] }] }',
  );
}
