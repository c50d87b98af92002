const PATHS = {
  overview: 'M2 13h12M4 11V8m4 3V3m4 8V6',
  calls: 'M2 5h9m0 0L8.5 2.5M11 5 8.5 7.5M14 11H5m0 0 2.5-2.5M5 11l2.5 2.5',
  findings: 'M8 2 2 13h12L8 2Zm0 4v3.5m0 1.8v.2',
  keys: 'M9.5 6.5 14 2m-2 2 1.5 1.5M10 10.5a3.5 3.5 0 1 1-2-3.2c1.2.6 2 1.8 2 3.2Z',
  policies: 'M4 2h6l3 3v9H4V2Zm6 0v3h3M6 8h5M6 11h4',
  endpoints: 'M3 4h4v3H3zM9 9h4v3H9zM5 7v3.5h4',
  shield: 'M8 1.8 13.5 4v4c0 3.2-2.3 5.4-5.5 6.3C4.8 13.4 2.5 11.2 2.5 8V4L8 1.8Z',
  start: 'M3 14V2m0 1h9l-2 3 2 3H3',
  audit: 'M3 3h10M3 6.3h10M3 9.7h6M3 13h4m4-1.5 1.3 1.3L15 10',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14',
  close: 'm4 4 8 8m0-8-8 8',
  check: 'm3 8.5 3.2 3.2L13 5',
  block: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.8 3.8l8.4 8.4',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  alert: 'M8 2 1.8 13h12.4L8 2Zm0 4.5v3m0 1.7v.1',
  octagon: 'M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5L5.5 2ZM8 5v3.5m0 2.2v.1',
  diamond: 'm8 2 6 6-6 6-6-6 6-6Z',
  dot: 'M8 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z',
  unknown: 'M6 6a2 2 0 1 1 3 1.7c-.6.4-1 .8-1 1.5m0 2.2v.1M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-6.5V11m0-6v.1',
  copy: 'M6 6h7v7H6zM3 10V3h7',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm0-9.5V3m0 10v1.5M1.5 8H3m10 0h1.5M3.4 3.4l1 1m7.2 7.2 1 1m0-9.2-1 1m-7.2 7.2-1 1',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z',
  system: 'M2 3h12v8H2zM6 14h4m-2-3v3',
  play: 'M5 3v10l8-5-8-5Z',
  pause: 'M5.5 3v10m5-10v10',
  up: 'm4 10 4-4 4 4',
  down: 'm4 6 4 4 4-4',
  right: 'm6 4 4 4-4 4',
  menu: 'M2 4h12M2 8h12M2 12h12',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9v3.2l2 1.3',
  undo: 'M3 6h6.5a3.5 3.5 0 0 1 0 7H6M3 6l3-3M3 6l3 3',
  lock: 'M4 7h8v7H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  leave: 'M6 14H3V2h3m4 9 3-3-3-3m3 3H6',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.1m2.6 0h.1m2.6 0h.1m2.6 0h.1M5 9.5h6',
  command:
    'M6 6h4v4H6zM6 6H4.5A1.5 1.5 0 1 1 6 4.5V6Zm4 0V4.5A1.5 1.5 0 1 1 11.5 6H10Zm0 4h1.5a1.5 1.5 0 1 1-1.5 1.5V10Zm-4 0v1.5A1.5 1.5 0 1 1 4.5 10H6Z',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 2v3h-3',
  table: 'M2 3h12v10H2zM2 6.5h12M6 6.5V13',
  plus: 'M8 3v10M3 8h10',
  person: 'M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8Zm-5 6c.4-2.8 2.3-4.2 5-4.2s4.6 1.4 5 4.2',
  passkey:
    'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13c.3-2.5 2-3.7 4.5-3.7M11 8.5a2 2 0 1 1 1 3.8V14l-1-.8V8.5Z',
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing by itself: beside it stands a word, or its button has a name. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
