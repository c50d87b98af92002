const MARKUP: unique symbol = Symbol('markup');

/** Text that is HTML; made by `html` alone. */
export interface Html {
  readonly [MARKUP]: string;
}

export type HtmlValue = string | number | Html | readonly Html[] | undefined | false;

/**
 * HTML in which every value is escaped unless it is HTML itself. A value may stand in text and in a quoted attribute, and
 * nowhere else: not in a tag, an attribute's name, a URL's scheme, a script or a style.
 */
export function html(texts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let markup = texts[0] ?? '';
  for (const [index, value] of values.entries()) markup += markupOf(value) + (texts[index + 1] ?? '');
  return { [MARKUP]: markup };
}

export function htmlText(made: Html): string {
  return made[MARKUP];
}

function markupOf(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return MARKUP in value ? value[MARKUP] : value.map(htmlText).join('');
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escaped(text: string): string {
  let out = '';
  for (const sign of text) out += REFERENCES[sign] ?? sign;
  return out;
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Another's text for a page: bounded, without what reorders or hides. */
export function shown(text: string, charactersMax: number): string {
  const visible = text.slice(0, 4 * charactersMax).replace(UNSEEN, '\u{fffd}');
  const signs = [...visible];
  return signs.length <= charactersMax ? visible : `${signs.slice(0, charactersMax).join('')}…`;
}
