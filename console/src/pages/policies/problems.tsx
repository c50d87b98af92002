import type { ConfigurationProblem } from '../../../../src/admin/services.ts';
import { Badge } from '../../components/badge.tsx';
import { Empty } from '../../components/panel.tsx';

/** What is wrong, where, why, and how to mend it; each leads to its line. */
export function Problems(props: {
  readonly problems: readonly ConfigurationProblem[];
  readonly onGo: (problem: ConfigurationProblem) => void;
}) {
  if (props.problems.length === 0)
    return <Empty icon="check" title="Nothing is wrong with it" text="It would load as it stands." />;
  return (
    <ol class="problems">
      {props.problems.map((problem) => (
        <li key={`${problem.line}:${problem.column} ${problem.code} ${problem.message}`} class="problem">
          <button type="button" class="problem-place" onClick={() => props.onGo(problem)}>
            <Badge
              tone={problem.severity === 'error' ? 'deny' : 'observe'}
              icon={problem.severity === 'error' ? 'block' : 'alert'}
              text={problem.severity === 'error' ? 'Error' : 'Warning'}
              plain
            />
            <span class="mono">
              line {problem.line}, column {problem.column}
            </span>
            <span class="faint mono">{problem.code}</span>
          </button>
          <p>{problem.message}</p>
          <dl class="problem-more">
            <dt>Why</dt>
            <dd>{problem.why}</dd>
            <dt>Fix</dt>
            <dd>{problem.fix}</dd>
          </dl>
        </li>
      ))}
    </ol>
  );
}
