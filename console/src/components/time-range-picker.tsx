import { useState } from 'preact/hooks';
import { RANGES, setFixedRange, setRange, timeRange, touchNow } from '../state/time-range.ts';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import { Dialog } from './overlay.tsx';

const FIXED = 'fixed';

/** Of when: a range that ends now, or one from a time to a time. It stands in the address. */
export function TimeRangePicker() {
  const range = timeRange();
  const [asking, setAsking] = useState(false);
  return (
    <div class="row">
      <select
        class="input time-range"
        aria-label="Time range"
        value={range.name}
        onChange={(event) => {
          if (event.currentTarget.value === FIXED) setAsking(true);
          else setRange(event.currentTarget.value);
          event.currentTarget.value = timeRange().name;
        }}
      >
        {RANGES.map(({ name, text }) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
        <option value={FIXED}>{range.open ? 'From … to …' : range.text}</option>
      </select>
      {range.open ? <Button kind="quiet" icon="refresh" label="Read again up to now" onClick={touchNow} /> : null}
      {asking ? <FixedRangeDialog from={range.fromMs} to={range.toMs} onClose={() => setAsking(false)} /> : null}
    </div>
  );
}

function FixedRangeDialog(props: { readonly from: number; readonly to: number; readonly onClose: () => void }) {
  const [from, setFrom] = useState(minuteText(props.from));
  const [to, setTo] = useState(minuteText(props.to));
  const [fromMs, toMs] = [minuteOf(from), minuteOf(to)];
  const fault = fromMs === undefined || toMs === undefined ? 'Write it as 2026-11-28 14:00' : undefined;
  const order = fault === undefined && Number(fromMs) >= Number(toMs) ? 'It ends before it begins' : undefined;
  const take = (): void => {
    if (fromMs === undefined || toMs === undefined || order !== undefined) return;
    props.onClose();
    setFixedRange(fromMs, toMs);
  };
  return (
    <Dialog
      title="From when to when"
      onClose={props.onClose}
      foot={
        <Button kind="primary" off={fault ?? order} onClick={take}>
          Show
        </Button>
      }
    >
      <TextField label="From" hint="Coordinated universal time" value={from} onInput={setFrom} autofocus />
      <TextField label="To" value={to} onInput={setTo} fault={fault ?? order} />
    </Dialog>
  );
}

function minuteText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

function minuteOf(text: string): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)$/.exec(text.trim());
  const ms = parts === null ? Number.NaN : Date.parse(`${parts[1]}T${parts[2]}:00Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
