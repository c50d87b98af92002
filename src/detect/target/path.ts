import { type Evidence, structureFeature } from '../evidence.ts';
import type { Leaf } from '../leaf.ts';
import { isDigit, isLatinLetter } from '../unit-kinds.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

const ESCAPES_ROOT = structureFeature('path.climbs-above-its-root');
const IN_FILE_NAME = structureFeature('path.climbs-in-file-name');
const ESCAPES_FAR = structureFeature('path.climbs-three-or-more');
const BACKSLASHED = structureFeature('path.climbs-with-backslashes');
const ABSOLUTE_SYSTEM = structureFeature('path.absolute-to-system-folder');
const NUL = structureFeature('path.nul');
const DRIVE = structureFeature('path.windows-drive');
const SENSITIVE = structureFeature('path.sensitive-file');
const NUL_AFTER_NAME = structureFeature('path.nul-after-file-name');
const LEAVES_FOLDER = structureFeature('path.climbs-out-of-folder');
const NETWORK = structureFeature('path.network-share');
const ODD_DOTS = structureFeature('path.odd-dots');
const REFERENCE = structureFeature('path.reference-in-source');

const SYSTEM_FOLDERS = new WordTable([
  ['etc proc var root usr bin sbin dev boot sys windows winnt inetpub home tmp opt library private run', 1],
]);
/** Names that tell wherever they stand, in any folder, and only in a system's folder or after a climb. */
const ANYWHERE = 1;
const IN_FOLDER = 2;
const IN_SYSTEM = 3;
const SENSITIVE_NAMES = new WordTable([
  [
    'boot.ini win.ini system.ini ntuser.dat web-inf id_rsa id_dsa id_ed25519 wp-config.php unattend.xml applicationhost.config',
    ANYWHERE,
  ],
  [
    `web.config web.xml .htaccess .htpasswd .env .git .svn .hg .ssh authorized_keys known_hosts .bash_history .bashrc .profile .netrc .npmrc .pgpass .aws
    .docker .kube .azure .gnupg credentials config.php settings.py access.log error.log php.ini my.cnf httpd.conf nginx.conf apache2.conf machine.config
    .ds_store .dockerenv kubeconfig docker.sock serviceaccount`,
    IN_FOLDER,
  ],
  [
    `passwd shadow hosts group hostname fstab crontab sudoers issue motd environ cmdline mounts version cpuinfo sam
    shadow- gshadow resolv.conf self fd auth.log syslog token`,
    IN_SYSTEM,
  ],
]);
const SEGMENT_UNITS_MAX = 64;

/** Adds that a name climbs where only the name of a file belongs: browsers send no folders, and archives have none above their own. */
export function judgeFileName(leaf: Leaf, start: number, end: number, evidence: Evidence): void {
  if (evidence.has(ESCAPES_ROOT) && isFileName(leaf)) evidence.add(IN_FILE_NAME, start, end);
}

/** Of an uploaded file or of an entry of an archive; a path that is cut off may end so as well. */
export function isFileName({ isKey, path }: Leaf): boolean {
  return !isKey && /(?:;filename\*?|;entry|…)$/.test(path);
}

/** Follows the segments of a path as a file system would: how far it climbs above where it began, and where it arrives. */
export function readPath(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  let depth = 0;
  let lowest = 0;
  let segment = start;
  let backslashes = 0;
  let segments = 0;
  /** Whether this path began in a folder of the system, or has climbed. */
  let astray = false;
  /** Whether this path has gone into a folder before it climbs, or begins at the root: nobody writes a way up like that. */
  let entered = false;
  /** Of three dots: one more dot on its own, and a filter that takes `../` out has made a climb of both. */
  let dotted = false;
  let hash = HASH_START;
  for (let i = start; i <= end; i++) {
    const unit = i < end ? (units[i] ?? 0) : 0x2f;
    if (unit === 0 && i < end) {
      evidence.add(NUL, i, i + 1);
      // After two slashes stands a host.
      if ((segments !== 2 || depth > 0) && cutsName(units, segment, i, end))
        evidence.add(NUL_AFTER_NAME, segment, i + 1);
    }
    const slash = unit === 0x2f || unit === 0x5c;
    if (
      !slash &&
      unit > 0x20 &&
      unit !== 0x22 &&
      unit !== 0x27 &&
      unit !== 0x3a &&
      unit !== 0x3d &&
      unit !== 0x3b &&
      unit !== 0x2c
    ) {
      hash = hashUnit(hash, unit);
      continue;
    }
    const length = i - segment;
    const climbs = length >= 2 ? isClimb(units, segment, i) : length === 1 && dotted && units[segment] === 0x2e;
    dotted = length === 3 && isDots(units, segment, i);
    if (climbs) {
      if (segments === 0 && segment > start && isReferenced(units, segment - 1, start))
        evidence.add(REFERENCE, segment, i);
      depth--;
      if (depth < 0 && entered) evidence.add(LEAVES_FOLDER, segment, i);
      astray = true;
      if (unit === 0x5c) backslashes++;
      if (depth < lowest) lowest = depth;
      if (length !== 2) evidence.add(ODD_DOTS, segment, i);
    } else if (length > 0) {
      const sensitive = SENSITIVE_NAMES.find(hash);
      if (
        sensitive !== 0 &&
        (sensitive === ANYWHERE
          ? segments > 0 || (segment === 0 && i === end)
          : sensitive === IN_FOLDER
            ? segments > 0 || units[segment] === 0x2e
            : astray)
      )
        evidence.add(SENSITIVE, segment, i);
      if (unit === 0x5c && isVariable(units, segment, i)) evidence.add(DRIVE, segment, i);
      const isSystem = depth === 0 && SYSTEM_FOLDERS.find(hash) !== 0;
      if (isSystem && segments === 1 && segment > start && isSlash(units[segment - 1] ?? 0))
        evidence.add(ABSOLUTE_SYSTEM, segment, i);
      if (isSystem) astray = true;
      if (!dotted && !(length === 1 && units[segment] === 0x2e)) {
        depth++;
        entered = true;
      }
    } else if (slash) entered = true;
    if (slash) {
      if (segments === 1 && length === 0 && unit === 0x5c && isShare(units, i + 1, end))
        evidence.add(NETWORK, i - 1, i + 1);
      segments++;
    } else {
      if (
        unit === 0x3a &&
        length === 1 &&
        (units[i + 1] === 0x5c || (units[i + 1] === 0x2f && units[i + 2] !== 0x2f))
      ) {
        evidence.add(DRIVE, segment, i + 2);
      }
      segments = 0;
      depth = 0;
      astray = false;
      entered = false;
    }
    hash = HASH_START;
    segment = i + 1;
  }
  if (lowest < 0) evidence.add(ESCAPES_ROOT, start, end);
  if (lowest < -2) evidence.add(ESCAPES_FAR, start, end);
  if (backslashes > 0) evidence.add(BACKSLASHED, start, end);
}

/** `..`, and what sloppy filters and servers make of `....` and `..;`. */
function isClimb(units: Uint16Array, start: number, end: number): boolean {
  let dots = 0;
  for (let i = start; i < end; i++) {
    if (units[i] === 0x2e) dots++;
    else if (units[i] !== 0 || dots < 2) return false;
  }
  return dots === 2 || dots === 4;
}

function isDots(units: Uint16Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (units[i] !== 0x2e) return false;
  return true;
}

function isSlash(unit: number): boolean {
  return unit === 0x2f || unit === 0x5c;
}

/** `%SystemRoot%`: a folder by the name of a variable. */
function isVariable(units: Uint16Array, start: number, end: number): boolean {
  if (end - start < 4 || units[start] !== 0x25 || units[end - 1] !== 0x25) return false;
  for (let i = start + 1; i < end - 1; i++) if (!isLatinLetter(units[i] ?? 0)) return false;
  return true;
}

/** `host\folder` after two backslashes: what Windows opens on another machine. */
function isShare(units: Uint16Array, at: number, end: number): boolean {
  const most = Math.min(end, at + SEGMENT_UNITS_MAX);
  let i = at;
  while (i < most && (isLatinLetter(units[i] ?? 0) || isDigit(units[i] ?? 0) || units[i] === 0x2e || units[i] === 0x2d))
    i++;
  return i > at + 1 && i + 2 < end && units[i] === 0x5c && isLatinLetter(units[i + 1] ?? 0) && units[i + 2] !== 0x5c;
}

/** A NUL after a name with an ending of two to five letters or digits, at the end or before another ending: it cuts off what the application adds. */
function cutsName(units: Uint16Array, start: number, nul: number, end: number): boolean {
  if (nul + 1 < end && units[nul + 1] !== 0x2e) return false;
  let i = nul;
  while (i > start && nul - i < 6 && (isLatinLetter(units[i - 1] ?? 0) || isDigit(units[i - 1] ?? 0))) i--;
  return nul - i >= 2 && nul - i < 6 && i - 1 > start && units[i - 1] === 0x2e;
}

/** A quote after `from`, `import`, `require(` and the like: how sources name each other. */
function isReferenced(units: Uint16Array, quote: number, start: number): boolean {
  if (units[quote] !== 0x22 && units[quote] !== 0x27) return false;
  let i = quote;
  while (i > start && quote - i < 3 && (units[i - 1] === 0x20 || units[i - 1] === 0x28)) i--;
  if (i === quote) return false;
  let hash = HASH_START;
  let first = i;
  while (first > start && i - first < 8 && isLatinLetter(units[first - 1] ?? 0)) first--;
  for (let at = first; at < i; at++) hash = hashUnit(hash, units[at] ?? 0);
  return REFERRING.find(hash) !== 0;
}

const REFERRING = new WordTable([['from import require', 1]]);
