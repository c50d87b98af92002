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
    ipconfig.exe ping.exe lastlog useradd adduser getcap nsenter lwp-request lwp-download aria2c scriptrunner xterm df lsblk findmnt mstsc forfiles installutil msbuild regasm bash.exe wsl
    powershell.exe pwsh.exe certutil.exe bitsadmin.exe rundll32.exe mshta.exe regsvr32.exe wmic.exe cscript.exe wscript.exe nltest nltest.exe dsquery net1.exe systeminfo.exe tasklist.exe
    netsh ver quser qwinsta vssadmin wevtutil cmdkey klist setspn csvde ntdsutil procdump hostnamectl loginctl machinectl systemd-run at.exe schtasks.exe psexec psexec.exe
    rcat pwncat rustcat chisel ngrok iex iwr irm invoke-expression invoke-webrequest invoke-restmethod start-process new-object get-wmiobject get-ciminstance
    ifdown ifup iwconfig ipaddr getfacl getenforce sestatus lscpu lspci lsusb lsmod dmidecode capsh unshadow ssh-keyscan showmount rpcinfo smbclient ldapsearch finger`,
    3,
  ],
  [
    `wget zsh ksh csh python python2 python3 perl ruby php node lua awk gawk mawk sed xargs chmod chown mkdir printenv sudo crontab ssh scp tftp gcc g++ xxd
    findstr taskkill curl bash dmesg mysqldump mysql psql pwd ls cat grep egrep fgrep rm cp mv ps sh tac od nl rev base64 base32 passwd usermod groupadd
    sysctl systemctl journalctl iptables ip6tables lsb_release vim vi nano emacs strace gdb docker kubectl traceroute expr printf unset tee touch openssl
    gpg tar gzip gunzip zip unzip bzip2 rsync mknod setsid nohup ltrace mount umount fdisk mkfs dd shred halt reboot poweroff init apt apt-get yum dpkg rpm
    pip npm npx git svn make chroot unshare stty script rlwrap tclsh ed ex csplit strings hexdump iconv cmp diff join fmt fold pr expand shuf sha1sum
    md5sum sha256sum whereis locate axel fetch attrib sc.exe reg.exe
    usleep tasklist.exe timeout.exe ping.exe nslookup.exe where.exe sqlite3 mongo mongosh redis-cli ansible ansible-playbook puppet chef-shell salt vagrant podman buildah ctr crictl runc
    vmstat iostat mpstat sar nstat ss ethtool brctl lshw fuser pstree pidof ldd readelf objdump nm ltrace localectl timedatectl chattr lsattr chage newgrp blkid swapon logname nproc uptime sysdig tshark dumpcap tcpflow
    ssh-add ssh-agent keyctl secret-tool ipset nft ufw firewall-cmd setenforce getsebool auditctl ausearch crontab.exe insmod modprobe rmmod losetup dumpe2fs tune2fs fsck mkswap debugfs pvs vgs lvs mdadm dscl sw_vers launchctl osascript pbpaste defaults networksetup
    gc gci gcm gps gsv icm sajb get-process get-content get-childitem get-service get-item set-content out-file select-string test-path invoke-wmimethod invoke-item start-service stop-process get-eventlog get-acl get-localuser get-aduser get-itemproperty copy-item remove-item new-item add-content start-job start-bitstransfer
    pkexec pkill killall pgrep renice chrt taskset ionice flock script screen tmux dtach byobu wall mesg tty ulimit umask compgen declare typeset coproc mapfile readarray shopt trap enable
    run-parts start-stop-daemon update-alternatives dpkg-query apk pacman dnf zypper brew gem cargo go rustc javac java jrunscript jjs scala groovy ghc erl elixir iex.bat racket guile
    gs convert pdftotext pandoc ffmpeg less.exe more.com fsutil icacls.exe takeown mklink subst robocopy xcopy tree title choice pushd popd assoc ftype
    zcat bzcat xzcat zless zgrep lzma unlzma xz unxz 7z unrar cpio ar pax dd of= base58 uuencode uudecode qemu-system basenc ptx tsort look hd bcdboot bcdedit diskpart regedit`,
    2,
  ],
  [
    'ping find head tail more less kill env export su source set time timeout sleep echo eval exec cut sort uniq tr dir type copy del net reg test read let wait jobs history alias free arch groups cal last locale pass which who w last users route host ip watch split paste view man print touch cd start call at batch bg fg',
    1,
  ],
]);

/** Commands that run the one that follows them: what is told of a command is told of that one. */
export const PREFIXES = new WordTable([
  ['time nohup env sudo doas exec command builtin nice ionice stdbuf setsid busybox xargs unbuffer then do else', 1],
]);

/** What else lines of scripts begin with. */
export const SCRIPT_WORDS = new WordTable([
  [
    'if then else elif fi for do done while until case esac function return local declare cmake yarn pnpm cargo go terraform helm brew aws gcloud az heroku',
    1,
  ],
]);
