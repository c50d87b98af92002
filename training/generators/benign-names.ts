import type { Random } from '../random.ts';
import { type BenignSide, benignTemplatesOf, fill, type Slots } from './templates.ts';

/** Names of fields as forms and queries nest them, written by nobody who attacks. */
const NAMES: readonly string[] = [
  '«p»[«p»]',
  '«p»[«d»][«p»]',
  '«p»[«p»][«p»]',
  '«p»[«p»][«d»][«p»]',
  '«p»[files][«w».«ext»]',
  '«p»[files][src/«w».«ext»]',
  '«p»[«p»-«p»]',
  '«p»[]',
  '«p».«p»',
  '«p».«d».«p»',
  '«p».«p»[«d»].«p»',
  '«p»[«w».«ext»]',
  'columns[«d»][data]',
  'columns[«d»][search][value]',
  'columns[«d»][search][regex]',
  'order[«d»][dir]',
  'page[size]',
  'filter[«p»]',
  'filter[«p»][from]',
  'fields[«p»s]',
  'q[«p»_cont]',
  'data[attributes][«p»-«p»]',
  'x-«p».«w»',
  '«p»:«p»',
  '«p»(«p»)',
  'meta[og:«p»]',
  'config[«w».«ext»]',
  'project[files][«w»/«w».«ext»]',
  'project[«p»]',
  'settings[«p»][«w»_«p»]',
  'self[«p»]',
  'window[«p»]',
];

const SLOTS: Slots = {
  p: `user address street city order item items name title price address_attributes project settings options config data attributes meta tags product variant
    quantity first_name email phone date start end created_at sort filter page value id type status category file image locale language country currency window
    document location template prototype request session constructor method target source label color size comment author`.split(
    /\s+/,
  ),
  ext: ['json', 'js', 'ts', 'tsx', 'css', 'html', 'md', 'svg', 'yml'],
};

const BY_SIDE: Readonly<Record<BenignSide, readonly string[]>> = {
  train: benignTemplatesOf(NAMES, 'train'),
  calibration: benignTemplatesOf(NAMES, 'calibration'),
  test: benignTemplatesOf(NAMES, 'test'),
};

export function benignName(side: BenignSide, random: Random): string {
  return fill(random.pick(BY_SIDE[side]), SLOTS, random);
}
