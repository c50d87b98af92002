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
 * What a list is narrowed by. What is typed is `name:value`, a path from its slash on, or `words` for the field that takes
 * text. The filters stand in the address.
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
  useShortcuts([{ key: '/', text: 'Filter', run: () => entry.current?.focus() }]);
  const filters = activeFilters(props.fields);
  const take = (): void => {
    const found = filterOf(typed.trim(), props);
    if (found === undefined) return;
    setParams({ [found.name]: found.value });
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
          onInput={(event) => setTyped(event.currentTarget.value)}
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

function filterOf(
  typed: string,
  props: { fields: readonly FilterField[]; textField: string; pathField?: string },
): { name: string; value: string } | undefined {
  if (typed === '') return undefined;
  const named = /^([A-Za-z]+):\s*(.+)$/.exec(typed);
  const name = named?.[1]?.toLowerCase();
  const field = props.fields.find((one) => one.name.toLowerCase() === name || one.text.toLowerCase() === name);
  if (field !== undefined) return { name: field.name, value: named?.[2] ?? '' };
  if (typed.startsWith('/') && props.pathField !== undefined) return { name: props.pathField, value: typed };
  return { name: props.textField, value: typed };
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
