import { useId, useMemo, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { useModal } from './overlay.tsx';

export interface Command {
  readonly id: string;
  readonly text: string;
  readonly icon: IconName;
  /** At the right edge: what kind of thing it is, or its key. */
  readonly hint: string;
  run(): void;
}

/** Everything that can be gone to or done, by typing a part of its name. `find` offers what depends on the text. */
export function CommandPalette(props: {
  readonly commands: readonly Command[];
  readonly find: (typed: string) => readonly Command[];
  readonly onClose: () => void;
}) {
  const id = useId();
  const element = useModal(id, props.onClose);
  const list = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const found = useMemo(() => {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const named = props.commands.filter(({ text, hint }) =>
      words.every((word) => `${text} ${hint}`.toLowerCase().includes(word)),
    );
    return [...named, ...props.find(typed.trim())];
  }, [typed, props.commands, props.find]);
  const take = (command: Command | undefined): void => {
    if (command === undefined) return;
    props.onClose();
    command.run();
  };
  const moveTo = (index: number): void => {
    const next = (index + found.length) % Math.max(1, found.length);
    setAt(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <dialog ref={element} class="dialog palette" aria-label="Commands">
      <input
        class="input"
        type="text"
        role="combobox"
        aria-label="Go to a page, or do something"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found[at] === undefined ? undefined : `${id}-${at}`}
        placeholder="Go to a page, find a consumer or a call, do something"
        autocomplete="off"
        spellcheck={false}
        autofocus
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') moveTo(at + 1);
          else if (event.key === 'ArrowUp') moveTo(at - 1);
          else if (event.key === 'Enter') take(found[at]);
          else return;
          event.preventDefault();
        }}
      />
      <div ref={list} id={id} class="palette-list" role="listbox" aria-label="Commands">
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above.
          <div
            key={command.id}
            id={`${id}-${index}`}
            class="palette-option"
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onClick={() => take(command)}
          >
            <Icon name={command.icon} />
            {command.text}
            <span class="faint">{command.hint}</span>
          </div>
        ))}
      </div>
      {found.length === 0 ? <p class="state-text palette-none">Nothing is called that.</p> : null}
    </dialog>
  );
}
