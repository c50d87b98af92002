import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, htmlText, shown } from './html.ts';
import { deviceConfirmPage, deviceInputPage, libraryForm, logoutPage } from './pages/device-pages.ts';
import { signInSite } from './site.ts';

/** The library's own forms, so that a new release that changes them is seen. */
const { confirm, input } = (await import(
  new URL('../../../node_modules/oidc-provider/lib/helpers/user_code_form.js', import.meta.url).href
)) as Readonly<Record<'confirm' | 'input', (action: string, xsrf: string, code: string) => string>>;
const SITE = signInSite('https://id.example.test', 'Example');

test('every value is escaped but HTML that was made here', () => {
  const evil = `<i a="1" b='2'>&\``;
  assert.equal(htmlText(html`<p title="${evil}">${evil}</p>`).match(/<i|a="1|b='2|&`|&[^a-z#]/), null);
  assert.equal(
    htmlText(html`<p>${html`<b>${'<'}</b>`}${[html`<i></i>`, html`<u></u>`]}${undefined}${false}${7}</p>`),
    '<p><b>&lt;</b><i></i><u></u>7</p>',
  );
  const forged = { markup: '<script>', [Symbol('markup')]: '<script>' } as never;
  assert.throws(() => html`${forged}`, TypeError);
});

test('text of others is bounded and shows what it holds', () => {
  assert.equal(shown('a\u202eb\u0000c\ud800', 9), 'a\u{fffd}b\u{fffd}c\u{fffd}');
  assert.equal(shown('\u{1F600}'.repeat(9), 3), `${'\u{1F600}'.repeat(3)}…`);
  assert.ok(shown('x'.repeat(1e6), 10).length === 11);
});

test('the library’s forms are put into pages of ours with all they hide', () => {
  const asked = libraryForm(input('https://id.example.test/device', 'the-xsrf', 'AB"C'));
  assert.deepEqual(asked, { action: 'https://id.example.test/device', hiddenFields: { xsrf: 'the-xsrf' } });
  const page = deviceInputPage(SITE, { ...(asked ?? assert.fail()), userCode: 'AB"><b>', error: 'The code is wrong.' });
  for (const part of [
    'name="xsrf" value="the-xsrf"',
    '<label for="user-code">',
    'name="user_code"',
    'value="AB&quot;&gt;&lt;b&gt;"',
    'href="#user-code"',
  ])
    assert.ok(page.body.includes(part), part);
  const confirmed = libraryForm(confirm('https://id.example.test/device', 'the-xsrf', "A&'"));
  assert.deepEqual(confirmed?.hiddenFields, { xsrf: 'the-xsrf', user_code: "A&'", confirm: 'yes' });
  const question = deviceConfirmPage(SITE, {
    ...(confirmed ?? assert.fail()),
    clientName: 'TV',
    userCode: 'A',
    deviceAddress: undefined,
  });
  assert.ok(question.body.includes('name="abort" value="yes"'));
  const out = libraryForm(
    '<form id="op.logoutForm" method="post" action="/end"><input type="hidden" name="xsrf" value="s"/></form>',
  );
  assert.ok(logoutPage(SITE, out ?? assert.fail()).body.includes('name="logout" value="yes"'));
  assert.equal(libraryForm('<p>'), undefined);
});
