import type { Query } from '../../api/client.ts';
import type { FilterField } from '../../components/filter-bar.tsx';
import { param } from '../../state/place.ts';
import { DETECTORS } from './detector-texts.ts';

/** What findings can be narrowed by besides their status; each has the name the admin API gives it. */
export const FINDING_FIELDS: readonly FilterField[] = [
  { name: 'severity', text: 'severity', values: ['critical', 'high', 'medium', 'low', 'info'] },
  { name: 'detector', text: 'detector', values: DETECTORS },
  { name: 'actor', text: 'actor' },
];

export type StatusChoice = 'open' | 'snoozed' | 'expected' | 'resolved' | 'all';

export const STATUS_CHOICES: readonly { readonly value: StatusChoice; readonly text: string }[] = [
  { value: 'open', text: 'Open' },
  { value: 'snoozed', text: 'Snoozed' },
  { value: 'expected', text: 'Expected' },
  { value: 'resolved', text: 'Resolved' },
  { value: 'all', text: 'All' },
];

/** Of the address; open ones unless it says otherwise. */
export function statusChoice(): StatusChoice {
  return STATUS_CHOICES.find(({ value }) => value === param('status'))?.value ?? 'open';
}

export function findingQuery(): Query {
  const status = statusChoice();
  return {
    status: status === 'all' ? undefined : status,
    ...Object.fromEntries(FINDING_FIELDS.map(({ name }) => [name, param(name)])),
  };
}
