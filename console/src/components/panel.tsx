import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Problem } from '../api/client.ts';
import type { Resource } from '../api/resource.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

interface PanelProps {
  readonly title: string;
  readonly actions?: ComponentChildren;
  /** True: what is in it goes to its edges, as a table does. */
  readonly flush?: boolean;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A titled part of a page. */
export function Panel({ title, actions, flush, children, class: more }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${more ?? ''}`} data-flush={flush === true ? '' : undefined} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        {actions}
      </div>
      <div class="panel-body">{children}</div>
    </section>
  );
}

/** Shows what was asked for, or that it is awaited, or why it is not there and how to go on. */
export function Loaded<T>(props: { readonly from: Resource<T>; readonly children: (value: T) => ComponentChildren }) {
  const { from } = props;
  switch (from.kind) {
    case 'loading':
      return <Skeleton />;
    case 'failed':
      return <Failed problem={from.problem} again={from.reload} />;
    case 'ready':
      return <>{props.children(from.value)}</>;
  }
}

export function Skeleton() {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      <span />
      <span />
      <span />
    </div>
  );
}

export function Failed({ problem, again }: { readonly problem: Problem; readonly again: () => void }) {
  const text = problem.status === 403 ? `${problem.detail} Ask an administrator for the role.`.trim() : problem.detail;
  return (
    <div class="state" data-kind="failed" role="alert">
      <Icon name="alert" />
      <p class="state-title">{problem.title}</p>
      {text === '' ? null : <p class="state-text">{text}</p>}
      {problem.status === 0 ? null : (
        <p class="faint">
          {problem.status} <code>{problem.code}</code>
        </p>
      )}
      <Button icon="refresh" onClick={again}>
        Try again
      </Button>
    </div>
  );
}

/** There is nothing, and what to do next. */
export function Empty(props: {
  readonly icon?: IconName;
  readonly title: string;
  readonly text?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="state" data-kind="empty">
      <Icon name={props.icon ?? 'check'} />
      <p class="state-title">{props.title}</p>
      {props.text === undefined ? null : <p class="state-text">{props.text}</p>}
      {props.children === undefined ? null : <div class="row">{props.children}</div>}
    </div>
  );
}

/** One sentence that stands out, with an icon that says of what kind it is. */
export function Notice(props: {
  readonly tone: 'permit' | 'deny' | 'observe' | 'fault' | 'unknown';
  readonly icon: IconName;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="notice" data-tone={props.tone}>
      <Icon name={props.icon} />
      <div class="grow">{props.children}</div>
    </div>
  );
}
