import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether OpenSSL's command line is here; without it tests that make certificates are skipped. */
export const HAS_OPENSSL: boolean = hasOpenssl();

export const NO_OPENSSL = HAS_OPENSSL ? false : 'openssl is not installed';

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A certificate and its key, as files and texts. */
export interface Issued {
  readonly name: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly pem: string;
  readonly key: string;
  readonly der: Uint8Array;
}

export interface IssueOptions {
  /** Undefined: signed by itself. */
  readonly by?: Issued;
  /** Lines of an extension section of OpenSSL. */
  readonly extensions?: readonly string[];
  /** YYYYMMDDHHMMSSZ */
  readonly from?: string;
  readonly until?: string;
  readonly digest?: string;
  readonly keyPair?: { readonly privateKey: KeyObject };
  readonly subject?: string;
  readonly signatureOptions?: readonly string[];
}

export const AUTHORITY = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
];
export const CLIENT = [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=clientAuth',
  'subjectKeyIdentifier=hash',
  'authorityKeyIdentifier=keyid:always',
];

/** Certificates and revocation lists made by OpenSSL in a folder of their own. */
export class Pki {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'sallyport-pki-'));
  #count = 0;

  authority(name: string, options: IssueOptions = {}): Issued {
    return this.issue(name, { extensions: AUTHORITY, ...options });
  }

  /** A client certificate with these names, as in `URI:https://one.example/`. */
  client(name: string, by: Issued, names: string, options: Omit<IssueOptions, 'by'> = {}): Issued {
    return this.issue(name, { extensions: [...CLIENT, `subjectAltName=${names}`], ...options, by });
  }

  issue(name: string, options: IssueOptions): Issued {
    const base = join(this.folder, `${name}-${this.#count++}`);
    const { privateKey } = options.keyPair ?? generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const [certFile, keyFile] = [`${base}.pem`, `${base}.key`];
    writeFileSync(keyFile, key);
    writeFileSync(`${base}.ext`, `[v3]\n${(options.extensions ?? []).join('\n')}\n`);
    openssl('req', '-new', '-key', keyFile, '-subj', options.subject ?? `/CN=${name}`, '-out', `${base}.csr`);
    const by = options.by;
    openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      this.#configOf(by?.keyFile ?? keyFile),
      ...(by === undefined ? ['-selfsign', '-keyfile', keyFile] : ['-cert', by.certFile, '-keyfile', by.keyFile]),
      '-in',
      `${base}.csr`,
      '-out',
      certFile,
      '-startdate',
      options.from ?? '20200101000000Z',
      '-enddate',
      options.until ?? '20991231235959Z',
      '-md',
      options.digest ?? 'sha256',
      '-extfile',
      `${base}.ext`,
      '-extensions',
      'v3',
      ...(options.signatureOptions ?? []),
    );
    const pem = readFileSync(certFile, 'utf8');
    return { name, certFile, keyFile, pem, key, der: derOf(pem) };
  }

  /** A revocation list of an authority over what it has revoked so far, in PEM. */
  revocationList(
    by: Issued,
    revoked: readonly Issued[] = [],
    options: { from?: string; until?: string; extensions?: readonly string[] } = {},
  ): string {
    const config = this.#configOf(by.keyFile);
    const signing = ['-config', config, '-cert', by.certFile, '-keyfile', by.keyFile];
    for (const one of revoked) openssl('ca', ...signing, '-revoke', one.certFile);
    const out = join(this.folder, `list-${this.#count++}.pem`);
    const section = options.extensions === undefined ? [] : ['-crlexts', 'own_list'];
    if (options.extensions !== undefined)
      writeFileSync(config, `${readFileSync(config, 'utf8')}\n[own_list]\n${options.extensions.join('\n')}\n`);
    openssl(
      'ca',
      ...signing,
      '-gencrl',
      ...section,
      '-crl_lastupdate',
      options.from ?? '20200101000000Z',
      '-crl_nextupdate',
      options.until ?? '20991231235959Z',
      '-out',
      out,
    );
    return readFileSync(out, 'utf8');
  }

  /** The configuration and the database of one key's authority. */
  #configOf(keyFile: string): string {
    const folder = `${keyFile}.ca`;
    const config = join(folder, 'ca.cnf');
    try {
      mkdirSync(folder);
    } catch {
      return config;
    }
    writeFileSync(join(folder, 'index.txt'), '');
    writeFileSync(join(folder, 'index.txt.attr'), 'unique_subject = no\n');
    writeFileSync(join(folder, 'crlnumber'), '01\n');
    writeFileSync(
      config,
      `[ca]\ndefault_ca=own\n[own]\ndatabase=${folder}/index.txt\nnew_certs_dir=${folder}\nrand_serial=yes\n` +
        `policy=any\ndefault_md=sha256\ncrlnumber=${folder}/crlnumber\ncrl_extensions=list\nunique_subject=no\n` +
        `[any]\ncommonName=optional\n[list]\nauthorityKeyIdentifier=keyid:always\n`,
    );
    return config;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function derOf(pem: string): Uint8Array {
  const text = pem.slice(pem.indexOf('-----BEGIN'), pem.indexOf('-----END'));
  return Buffer.from(text.slice(text.indexOf('\n')), 'base64');
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
