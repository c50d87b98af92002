import { type CatalogueEntry, error, warning } from './diagnostic-entry.ts';

/** Of what is asked of the content of calls. */
export const INSPECTION_DIAGNOSTICS = {
  SP170: error(
    'List of persisted documents that cannot be used',
    'A list that is read in part would refuse what it should allow, or allow what nobody listed.',
    'write a JSON object of id to text, or the manifest of Apollo (format and operations with id and body), at most 8 MiB',
  ),
  SP175: error(
    'The model of the detector cannot be read',
    'A route asks for calls to be looked through for attacks, and without its model the gateway would look and find nothing.',
    'install the gateway again; the model is part of it',
  ),
  SP185: warning(
    'Exception that has expired',
    'It lets nothing through any more: what it was for is refused again, or does not come.',
    'remove it, or give it a later day where it is still needed; sallyport exceptions list shows when it was last used',
  ),
} as const satisfies Record<string, CatalogueEntry>;
