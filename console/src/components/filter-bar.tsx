import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { useShortcuts } from '../state/keyboard.ts';
import { param, setParams } from '../state/place.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

/** A filter a list knows: its name in the address and in what is typed, and values that can be proposed. */
export interface FilterField {
  readonly name: string;
  /** How it is called where it is shown. */
  readonly text: string;
  readonly values?: readonly string[];
}

/** The filters of a page that are set at present, in the order of its fields. */
export function activeFilters(fields: readonly FilterField[]): readonly { field: FilterField; value: string }[] {
  return fields.flatMap((field) => {
    const value = param(field.name);
    return value === undefined ? [] : [{ field, value }];
  });
}

/**
 * What a list is narrowed by. What is typed is `name:value`, several of them with commas or blanks between, a path from its
 * slash on, or `words` for the field that takes text. The filters stand in the address.
 */
export function FilterBar(props: {
  readonly fields: readonly FilterField[];
  /** Field of a text that names none; and of one that begins with a slash. */
  readonly textField: string;
  readonly pathField?: string;
  readonly placeholder: string;
  readonly children?: ComponentChildren;
}) {
  const id = useId();
  const entry = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [hint, setHint] = useState<string>();
  useShortcuts([{ key: '/', text: 'Filter', run: () => entry.current?.focus() }]);
  const filters = activeFilters(props.fields);
  const take = (): void => {
    const found = filtersOf(typed, props);
    if ('unknown' in found) {
      const names = props.fields.map(({ text }) => text).join(', ');
      setHint(
        `There is no filter “${found.unknown}”. There are ${names}; as words it is ${props.textField}:${typed.trim()}`,
      );
      return;
    }
    setParams(found.filters);
    setTyped('');
  };
  return (
    <search class="filter-bar">
      <form
        class="filter-entry"
        onSubmit={(event) => {
          event.preventDefault();
          take();
        }}
      >
        <Icon name="search" />
        <input
          ref={entry}
          class="input"
          type="text"
          aria-label="Filter"
          placeholder={props.placeholder}
          list={id}
          autocomplete="off"
          spellcheck={false}
          value={typed}
          aria-invalid={hint !== undefined}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setHint(undefined);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
        <kbd aria-hidden="true">/</kbd>
        <datalist id={id}>
          {proposals(props.fields).map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      </form>
      {props.children}
      {hint === undefined ? null : (
        <p id={`${id}-hint`} class="field-fault filter-hint" role="alert">
          {hint}
        </p>
      )}
      {filters.map(({ field, value }) => (
        <span key={field.name} class="filter">
          <span class="filter-name">{field.text}</span>
          <span class="filter-value" title={value}>
            {value}
          </span>
          <button
            type="button"
            class="filter-remove"
            aria-label={`Remove the filter ${field.text} ${value}`}
            onClick={() => setParams({ [field.name]: undefined })}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      {filters.length > 1 ? (
        <Button
          kind="quiet"
          onClick={() => setParams(Object.fromEntries(filters.map(({ field }) => [field.name, undefined])))}
        >
          Clear
        </Button>
      ) : null}
    </search>
  );
}

/**
 * What was typed, as filters: several stand one after the other, with commas or blanks between. A name that no field has is
 * told, and nothing is filtered: the words after it were meant for something.
 */
function filtersOf(
  typed: string,
  props: { fields: readonly FilterField[]; textField: string; pathField?: string },
): { readonly filters: Readonly<Record<string, string>> } | { readonly unknown: string } {
  const { fields, textField, pathField } = props;
  const text = typed.trim().replace(/:\s+/g, ':');
  const names = fields.flatMap((field) => [field.text, field.name]);
  const begins = [...text.matchAll(new RegExp(`(?:^|[,\\s]+)(${names.join('|')}|[a-z]+):(?!//)`, 'gi'))];
  const filters: Record<string, string> = {};
  const take = (field: string, words: string): void => {
    const [first = '', ...paths] = pathField === undefined || field === pathField ? [words] : words.split(/,\s*(?=\/)/);
    const value = first.replace(/[,\s]+$/, '').trim();
    if (value !== '') filters[value.startsWith('/') && field === textField ? (pathField ?? field) : field] = value;
    for (const path of paths) take(pathField ?? field, path);
  };
  take(textField, text.slice(0, begins[0]?.index ?? text.length));
  for (const [at, begin] of begins.entries()) {
    const name = begin[1]?.toLowerCase() ?? '';
    const field = fields.find((one) => one.name.toLowerCase() === name || one.text.toLowerCase() === name);
    if (field === undefined) return { unknown: begin[1] ?? '' };
    take(field.name, text.slice(begin.index + begin[0].length, begins[at + 1]?.index ?? text.length));
  }
  return { filters };
}

function proposals(fields: readonly FilterField[]): readonly string[] {
  return fields.flatMap(({ name, values }) =>
    values === undefined ? [`${name}:`] : values.map((value) => `${name}:${value}`),
  );
}

/** What is open beside a list is closed, so that what the filter leaves is in sight. */
const CLOSED = { call: undefined, finding: undefined, key: undefined, client: undefined, owner: undefined };

/** A value that becomes a filter when it is clicked. In a table it is left out of the order of the keyboard. */
export function FilterValue(props: { readonly name: string; readonly value: string; readonly inTable?: boolean }) {
  if (props.value === '') return <span class="faint">–</span>;
  return (
    <button
      type="button"
      class="value"
      tabIndex={props.inTable === true ? -1 : undefined}
      title={`Only ${props.name} ${props.value}`}
      onClick={(event) => {
        event.stopPropagation();
        setParams({ ...CLOSED, [props.name]: props.value });
      }}
    >
      {props.value}
    </button>
  );
}
