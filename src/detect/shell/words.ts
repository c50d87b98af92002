import { WordTable } from '../word-table.ts';

/** Kinds of pieces of a command line; the letters name them in features. */
export const SHELL_LETTERS = '^Cwo;|&n$`<>pgv=(){}';
export const COMMAND = 1;
export const WORD = 2;
export const OPTION = 3;
export const SEMICOLON = 4;
export const PIPE = 5;
export const AMPERSAND = 6;
export const LINE = 7;
export const SUBSTITUTION = 8;
export const BACKTICK = 9;
export const INPUT = 10;
export const OUTPUT = 11;
export const PATH = 12;
export const GLOB = 13;
export const VARIABLE = 14;
export const ASSIGNMENT = 15;
export const OPEN = 16;
export const CLOSE = 17;

/** 1: a command that is also an everyday word; 2: one that hardly is; 3: one that tells who runs where, or fetches what to run next. */
export const COMMANDS = new WordTable([
  [
    `whoami id uname ifconfig ipconfig netstat nslookup dig hostname getent nc ncat netcat socat telnet certutil bitsadmin wmic rundll32 mshta regsvr32
    cscript wscript powershell pwsh cmd cmd.exe systeminfo tasklist busybox mkfifo nmap arp lsof tcpdump schtasks icacls net1 whoami.exe net.exe
    ipconfig.exe ping.exe lastlog useradd adduser getcap nsenter lwp-request lwp-download aria2c scriptrunner xterm df lsblk findmnt mstsc forfiles installutil msbuild regasm bash.exe wsl`,
    3,
  ],
  [
    `wget zsh ksh csh python python2 python3 perl ruby php node lua awk gawk mawk sed xargs chmod chown mkdir printenv sudo crontab ssh scp tftp gcc g++ xxd
    findstr taskkill curl bash dmesg mysqldump mysql psql pwd ls cat grep egrep fgrep rm cp mv ps sh tac od nl rev base64 base32 passwd usermod groupadd
    sysctl systemctl journalctl iptables ip6tables lsb_release vim vi nano emacs strace gdb docker kubectl traceroute expr printf unset tee touch openssl
    gpg tar gzip gunzip zip unzip bzip2 rsync mknod setsid nohup ltrace mount umount fdisk mkfs dd shred halt reboot poweroff init apt apt-get yum dpkg rpm
    pip npm npx git svn make chroot unshare stty script rlwrap tclsh ed ex csplit strings hexdump iconv cmp diff join fmt fold pr expand shuf sha1sum
    md5sum sha256sum whereis locate finger axel fetch attrib sc.exe reg.exe`,
    2,
  ],
  [
    'ping find head tail more less kill env export su source set time timeout sleep echo eval exec cut sort uniq tr dir type copy del net reg test read let wait jobs history alias which who w last users route host ip watch split paste view man print touch cd start call at batch bg fg',
    1,
  ],
]);

/** Commands that run the one that follows them: what is told of a command is told of that one. */
export const PREFIXES = new WordTable([
  ['time nohup env sudo doas exec command builtin nice ionice stdbuf setsid busybox xargs unbuffer then do else', 1],
]);
