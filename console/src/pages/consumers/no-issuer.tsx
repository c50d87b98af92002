import { Empty } from '../../components/panel.tsx';

/** The gateway runs without an authorization server of its own. */
export function NoIssuer() {
  return (
    <Empty
      icon="keys"
      title="No issuer runs"
      text={
        <>
          OAuth clients and signing keys belong to the embedded authorization server. It runs where the configuration
          has <code>issuer:</code>, and takes tokens where an authenticator has the type <code>issuer</code>.
        </>
      }
    >
      <a class="button" data-kind="plain" href="/policies">
        Look at the configuration
      </a>
    </Empty>
  );
}
