import { type Html, html } from '../html.ts';

/** What is wrong with a form: where, by the id of the field, and in words. */
export interface FieldFault {
  readonly field: string;
  readonly text: string;
}

/** The faults of a form before it, each a link to its field; announced when the page is read (WCAG 2.2, 3.3.1, 4.1.3). */
export function faultSummary(faults: readonly FieldFault[]): Html | undefined {
  if (faults.length === 0) return undefined;
  return html`<div class="faults" role="alert" id="faults">
${faults.map(({ field, text }) => html`<p><a href="#${field}">${text}</a></p>`)}
</div>`;
}

/** A message that concerns no field. */
export function notice(text: string | undefined): Html | undefined {
  return text === undefined ? undefined : html`<div class="faults" role="alert"><p>${text}</p></div>`;
}

export interface TextField {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'password';
  readonly autocomplete: string;
  readonly value?: string;
  readonly hint?: string;
  readonly fault?: string | undefined;
  readonly focus?: boolean;
  readonly max: number;
}

export function textField({ id, name, label, type, autocomplete, value, hint, fault, focus, max }: TextField): Html {
  const described = [hint === undefined ? '' : `${id}-hint`, fault === undefined ? '' : `${id}-fault`]
    .filter((one) => one !== '')
    .join(' ');
  return html`<div class="field">
<label for="${id}">${label}</label>
${hint !== undefined && html`<span class="hint" id="${id}-hint">${hint}</span>`}
${fault !== undefined && html`<span class="hint fault" id="${id}-fault">Error: ${fault}</span>`}
<input id="${id}" name="${name}" type="${type}" autocomplete="${autocomplete}" maxlength="${max}" required autocapitalize="none" spellcheck="false"${
    value !== undefined && html` value="${value}"`
  }${described !== '' && html` aria-describedby="${described}"`}${fault !== undefined && html` aria-invalid="true"`}${
    focus === true && html` autofocus`
  }>
</div>`;
}

export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

/** A form that the script shows and fills; without it nobody sees it. */
export function passkeyForm(options: {
  readonly action: string;
  readonly ceremony: 'get' | 'create';
  readonly token: string;
  readonly label: string;
  readonly other?: boolean;
}): Html {
  const { action, ceremony, token, label, other = false } = options;
  return html`<form method="post" action="${action}" data-passkey="${ceremony}" data-options="${action}-options" hidden>
${hidden('token', token)}${hidden('response', '')}${ceremony === 'get' && hidden('remember', '')}
<button type="submit"${other && html` class="other"`}>${label}</button>
<p class="quiet" role="status"></p>
</form>`;
}
