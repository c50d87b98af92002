import { signal } from '@preact/signals';

/** A rule that was made from filters and is on its way to the configuration: Policies shows it beside the file. */
export const ruleDraft = signal<{ readonly routeId: string; readonly yaml: string } | undefined>(undefined);
