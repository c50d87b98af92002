import { type Evidence, structureFeature } from '../evidence.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

const ESCAPES_ROOT = structureFeature('path.climbs-above-its-root');
const ESCAPES_FAR = structureFeature('path.climbs-three-or-more');
const BACKSLASHED = structureFeature('path.climbs-with-backslashes');
const ABSOLUTE_SYSTEM = structureFeature('path.absolute-to-system-folder');
const NUL = structureFeature('path.nul');
const DRIVE = structureFeature('path.windows-drive');
const SENSITIVE = structureFeature('path.sensitive-file');
const ODD_DOTS = structureFeature('path.odd-dots');

const SYSTEM_FOLDERS = new WordTable([
  ['etc proc var root usr bin sbin dev boot sys windows winnt inetpub home tmp opt library private run', 1],
]);
const SENSITIVE_NAMES = new WordTable([
  [
    `passwd shadow hosts group hostname fstab crontab sudoers issue motd environ cmdline mounts version cpuinfo boot.ini win.ini system.ini web.config web.xml
    .htaccess .htpasswd .env .git .svn .hg .ssh id_rsa id_dsa id_ed25519 authorized_keys known_hosts .bash_history .bashrc .profile .netrc .npmrc .pgpass .aws credentials
    wp-config.php config.php settings.py access.log error.log php.ini my.cnf httpd.conf nginx.conf apache2.conf sam ntuser.dat unattend.xml applicationhost.config machine.config
    shadow- gshadow resolv.conf self fd auth.log syslog .ds_store .dockerenv kubeconfig token docker.sock`,
    1,
  ],
]);

/** Follows the segments of a path as a file system would: how far it climbs above where it began, and where it arrives. */
export function readPath(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  let depth = 0;
  let lowest = 0;
  let segment = start;
  let backslashes = 0;
  let segments = 0;
  let hash = HASH_START;
  for (let i = start; i <= end; i++) {
    const unit = i < end ? (units[i] ?? 0) : 0x2f;
    if (unit === 0) evidence.add(NUL, i, i + 1);
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
    if (length >= 2 && isClimb(units, segment, i)) {
      depth--;
      if (unit === 0x5c) backslashes++;
      if (depth < lowest) lowest = depth;
      if (length > 2) evidence.add(ODD_DOTS, segment, i);
    } else if (length > 0) {
      if (SENSITIVE_NAMES.find(hash) !== 0 && (segments > 0 || units[segment] === 0x2e))
        evidence.add(SENSITIVE, segment, i);
      if (
        segments === 1 &&
        segment > start &&
        (units[segment - 1] === 0x2f || units[segment - 1] === 0x5c) &&
        SYSTEM_FOLDERS.find(hash) !== 0
      ) {
        evidence.add(ABSOLUTE_SYSTEM, segment, i);
      }
      if (!(length === 1 && units[segment] === 0x2e)) depth++;
    }
    if (slash) {
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
