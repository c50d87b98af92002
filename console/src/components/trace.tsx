import type { ExplainLine } from '../../../src/pipeline/explain-text.ts';
import type { Tone } from './badge.tsx';
import { Icon, type IconName } from './icon.tsx';

type StageLine = Extract<ExplainLine, { kind: 'stage' }>;

/** Every stage a call passed through, what it said and how long it took; the one that decided stands out. */
export function Trace({ stages }: { readonly stages: readonly StageLine[] }) {
  const ending = stages.findIndex(({ tone }) => tone === 'bad');
  const decisive = ending >= 0 ? ending : stages.findIndex(({ tone }) => tone === 'warn');
  return (
    <ol class="trace">
      {stages.map((line, index) => {
        const { tone, icon, word } = look(line);
        return (
          <li
            key={line.stage}
            class="trace-stage"
            data-tone={tone}
            data-run={line.verdict === 'not run' ? 'no' : 'yes'}
            data-ending={index === decisive ? '' : undefined}
          >
            <span class="trace-mark">
              <Icon name={icon} />
            </span>
            <span class="trace-name">
              {line.stage} <span class="trace-word">{word}</span>
            </span>
            <span class="trace-time">{line.micros === undefined ? '' : `${line.micros} µs`}</span>
            {line.text === '' ? null : <span class="trace-text">{line.text}</span>}
          </li>
        );
      })}
    </ol>
  );
}

function look({ verdict, enforced }: StageLine): { tone: Tone; icon: IconName; word: string } {
  switch (verdict) {
    case 'pass':
      return { tone: 'permit', icon: 'check', word: 'passed' };
    case 'deny':
      return enforced
        ? { tone: 'deny', icon: 'block', word: 'denied' }
        : { tone: 'observe', icon: 'eye', word: 'would have denied' };
    case 'could not decide':
      return { tone: enforced ? 'fault' : 'observe', icon: 'unknown', word: 'could not decide' };
    case 'not applicable':
      return { tone: 'unknown', icon: 'dot', word: 'not asked' };
    case 'not run':
      return { tone: 'unknown', icon: 'dot', word: 'not reached' };
  }
}
