import { TextField } from '../../components/field.tsx';

/** Address blocks a key may be used from, as words. */
export function AddressesField(props: {
  readonly value: string;
  readonly fault: string | undefined;
  readonly onInput: (value: string) => void;
}) {
  return (
    <TextField
      label="Only from these addresses"
      hint="Address blocks, with spaces between; empty: from anywhere"
      fault={props.fault}
      value={props.value}
      placeholder="203.0.113.0/24"
      onInput={props.onInput}
    />
  );
}
