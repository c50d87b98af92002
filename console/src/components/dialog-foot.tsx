import { Button, type ButtonProps } from './button.tsx';

/** The foot of a dialog that does one thing: leave it, or do it; nothing is done twice while the gateway is asked. */
export function DialogFoot({
  onClose,
  busy,
  off,
  ...action
}: ButtonProps & { readonly onClose: () => void; readonly busy: boolean }) {
  return (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" {...action} off={busy ? 'asking the gateway' : off} />
    </>
  );
}
