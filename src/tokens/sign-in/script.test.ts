import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import vm from 'node:vm';
import { SCRIPT } from './script.ts';

interface Request {
  readonly mediation?: string;
  readonly signal: AbortSignal;
}

interface PageEvent {
  readonly defaultPrevented?: boolean;
  readonly persisted?: boolean;
  preventDefault?(): void;
}

type Listener = (event: PageEvent) => void;

/** The script on a page with one passkey form; `answer` is what the person does at the device that was asked as the n-th. */
async function page(autofill: boolean) {
  const listeners = new Map<string, Listener>();
  const asked: { readonly request: Request; answer(): void; refuse(): void }[] = [];
  const sent: string[] = [];
  const status = { textContent: '' };
  let nowMs = 100_000;
  let offerAutofill: () => void = () => undefined;
  const listen = (on: string) => (name: string, listener: Listener) => listeners.set(`${on}.${name}`, listener);
  const form = {
    hidden: true,
    dataset: { passkey: 'get', options: '/options' },
    elements: { token: { value: 'a token' }, response: { value: '' } },
    addEventListener: listen('form'),
    querySelector: () => status,
    submit: () => sent.push(form.elements.response.value),
  };
  const credentials = {
    parseRequestOptionsFromJSON: (options: unknown) => options,
    parseCreationOptionsFromJSON: (options: unknown) => options,
    isConditionalMediationAvailable: () =>
      new Promise<boolean>((resolve) => {
        offerAutofill = () => resolve(true);
        if (autofill) offerAutofill();
      }),
  };
  vm.runInNewContext(SCRIPT, {
    PublicKeyCredential: credentials,
    performance: { now: () => nowMs },
    AbortController,
    URLSearchParams,
    addEventListener: listen('window'),
    fetch: async () => ({ ok: true, json: async () => ({}) }),
    navigator: {
      credentials: {
        get: (request: Request) =>
          new Promise((resolve, reject) => {
            const name = `answer ${asked.length}`;
            const refuse = () => reject(new Error('refused'));
            request.signal.addEventListener('abort', refuse);
            asked.push({ request, answer: () => resolve({ toJSON: () => name }), refuse });
          }),
      },
    },
    document: {
      addEventListener: listen('document'),
      querySelector: (selector: string) => (selector.includes('webauthn') || selector.startsWith('form') ? form : null),
      querySelectorAll: (selector: string) => (selector.startsWith('form') ? [form] : []),
    },
  });
  await turn();
  const tell = async (name: string, event: PageEvent) => {
    listeners.get(name)?.(event);
    await turn();
  };
  return {
    asked,
    sent,
    status,
    press: () => tell('form.submit', { preventDefault: () => undefined }),
    sendPassword: () => tell('document.submit', { defaultPrevented: false }),
    prevent: () => tell('document.submit', { defaultPrevented: true }),
    show: () => tell('window.pageshow', { persisted: false }),
    comeBack: () => tell('window.pageshow', { persisted: true }),
    wait: (ms: number) => {
      nowMs += ms;
    },
    offerAutofill: async () => {
      offerAutofill();
      await turn();
    },
    answer: async (...which: number[]) => {
      for (const one of which) asked[one]?.answer();
      await turn();
    },
    refuse: async (which: number) => {
      asked[which]?.refuse();
      await turn();
    },
  };
}

test('the button takes the place of the autofill, and one answer is sent', async () => {
  const { asked, sent, press, answer } = await page(true);
  assert.equal(asked[0]?.request.mediation, 'conditional');
  await press();
  assert.equal(asked[0]?.request.signal.aborted, true);
  assert.equal(asked[1]?.request.mediation, undefined);
  await answer(1, 0);
  assert.deepEqual(sent, ['"answer 1"']);
});

test('a device that answered the autofill already is not answered for again by the button', async () => {
  const { asked, sent, press, answer } = await page(true);
  const pressed = press();
  asked[0]?.answer();
  await pressed;
  await answer(0, 1);
  assert.equal(sent.length, 1);
  await press();
  assert.ok(asked.length <= 2, 'nor is the device asked once more');
});

test('an autofill that is offered late does not disturb the button', async () => {
  const { asked, sent, press, offerAutofill, answer } = await page(false);
  await press();
  await offerAutofill();
  assert.equal(asked.length, 1);
  await answer(0);
  assert.deepEqual(sent, ['"answer 0"']);
});

test('a button pressed twice asks once at a time, and says nothing of the first', async () => {
  const { asked, sent, status, press, answer } = await page(false);
  await press();
  await press();
  assert.equal(asked[0]?.request.signal.aborted, true);
  assert.equal(status.textContent, 'Waiting for your device …');
  await answer(1);
  assert.deepEqual(sent, ['"answer 1"']);
});

test('a refusal is told, and may be followed by another try', async () => {
  const { sent, status, press, refuse, answer } = await page(false);
  await press();
  await refuse(0);
  assert.match(status.textContent, /did not work/);
  await press();
  await answer(1);
  assert.deepEqual(sent, ['"answer 1"']);
});

test('a password on its way is not overtaken by the autofill', async () => {
  const { asked, sent, sendPassword, answer } = await page(true);
  await sendPassword();
  assert.equal(asked[0]?.request.signal.aborted, true);
  await answer(0);
  assert.deepEqual(sent, []);
});

test('a password that comes to nothing leaves the button to be used, after a while, and nothing is said before', async () => {
  const { asked, status, sendPassword, press, wait } = await page(false);
  await sendPassword();
  await press();
  assert.equal(asked.length, 0);
  assert.equal(status.textContent, '');
  wait(10_000);
  await press();
  assert.equal(asked.length, 1);
});

test('what a page prevents is no password on its way, and a page that was not brought back stays sent', async () => {
  const { sent, press, answer, prevent, show } = await page(true);
  await prevent();
  await answer(0);
  assert.equal(sent.length, 1);
  await show();
  await press();
  await answer(1);
  assert.equal(sent.length, 1);
});

test('a page that the browser brings back may be used again', async () => {
  const { sent, press, answer, comeBack } = await page(false);
  await press();
  await answer(0);
  await comeBack();
  await press();
  await answer(1);
  assert.deepEqual(sent, ['"answer 0"', '"answer 1"']);
});
