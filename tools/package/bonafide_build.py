"""The wheel and the source archive of bonafide, with nothing but Python's own modules.

    python3 tools/package/bonafide_build.py wheel OUT VERSION PROGRAM LIBRARY ARCH       (make wheel)
    python3 tools/package/bonafide_build.py sdist OUT VERSION BUILD_ID                   (make sdist)

It is also the build backend of the source archive (PEP 517): `pip install bonafide-X.tar.gz` runs make, and pip needs to
fetch nothing for it. The same input gives the same bytes; SOURCE_DATE_EPOCH is the time of every file, by default that of
the last commit. CC and OBJDUMP are honoured.
"""

import base64
import gzip
import hashlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

ABOUT = "Metrics of generated images (FID, KID, IS, precision and recall, ...), the same bits on every machine"
PYTHON = ">=3.7"
DESCRIPTION = """\
FID, Inception Score, KID, precision and recall and more of two sets of images, on the CPU, with their uncertainty: the
program `bonafide` and the module `bonafide`. The same images and weights give the same bits on every machine.

    bonafide weights get                 # the published weights, once
    bonafide eval photos/ samples/       # folders, archives, arrays
"""
THIRD_PARTY = [["stb/stb_image_write.h", "stb_image_write.h"], ["jsmn.h", "jsmn/jsmn.h"]]
MADE_FROM = "third_party/made_from.txt"


def epoch():
    """Seconds: SOURCE_DATE_EPOCH, the last commit's time, what the source archive says, or 1980."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None and os.path.exists(".git"):
        given = output(["git", "log", "-1", "--format=%ct"])
    if not given and os.path.exists(MADE_FROM):
        with open(MADE_FROM) as file:
            given = file.read().split()[1]
    return max(int(given or 0), 315532800)  # zip files know no earlier time


def output(command, text=""):
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def read(path):
    with open(path, "rb") as file:
        return file.read()


# --- other people's headers, and their licences -----------------------------------------------------------------------


def find_header(names):
    """Where the compiler finds the first of `names` that it has."""
    flags = shlex.split(os.environ.get("CC") or "gcc") + shlex.split(os.environ.get("CPPFLAGS") or "")
    if os.path.isdir("third_party"):
        flags += ["-isystem", "third_party"]
    for name in names:
        rule = output(flags + ["-M", "-E", "-x", "c", "-"], "#include <%s>\n" % name)
        for word in rule.replace("\\\n", " ").split():
            if word.endswith("/" + name):
                return word
    sys.exit("bonafide: the header %s is not here ('make' says where it comes from)" % names[0])


def licences():
    """What the licences of code inside the program ask to go with it: their text."""
    stb, jsmn = (read(find_header(names)).decode() for names in THIRD_PARTY)
    parts = ["The program bonafide contains parts of:\n",
             "stb_image_write (writes pictures)\n\n" + stb[stb.rindex("/*") + 2:stb.rindex("*/")].strip() + "\n",
             "jsmn (reads JSON)\n\n" + re.sub(r"(?m)^ \* ?", "", jsmn[2:jsmn.index("*/")]).strip() + "\n",
             "libwebp (reads WebP; not in builds that say \"no WebP\")\n\nCopyright (c) 2010, Google Inc. All rights "
             "reserved. BSD licence of three clauses,\nhttps://www.webmproject.org/license/software/\n"]
    webp = "/usr/share/doc/libwebp-dev/copyright"
    if os.path.exists(webp):
        parts[-1] += "\n" + read(webp).decode()
    parts.append("the C library, where the program is linked statically\n\nGNU C Library: LGPL, version 2.1 or later, source "
                 "at https://www.gnu.org/software/libc/; the\nsource archive of bonafide links it anew (make static). musl: MIT.\n")
    return ("\n" + "-" * 80 + "\n\n").join(parts)


def metadata(version):
    return ("Metadata-Version: 2.1\nName: bonafide\nVersion: %s\nSummary: %s\nLicense: MIT\nRequires-Python: %s\n"
            "Requires-Dist: numpy\nDescription-Content-Type: text/markdown\n"
            "Classifier: License :: OSI Approved :: MIT License\nClassifier: Operating System :: POSIX :: Linux\n"
            "Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence\n\n%s" % (version, ABOUT, PYTHON, DESCRIPTION)).encode()


# --- the wheel --------------------------------------------------------------------------------------------------------


def platform_tag(paths, arch):
    """manylinux of the newest glibc that a file asks for; files of another C library are for this machine only."""
    versions = []
    for path in paths:
        said = output([os.environ.get("OBJDUMP") or "objdump", "-p", path])
        needed = re.findall(r"(?m)^ *NEEDED *(\S+)$", said)
        of_glibc = r"(libc|libm|libpthread|libdl|librt|ld-linux[-a-z0-9]*)\.so\."
        strangers = [name for name in needed if not re.match(of_glibc, name)]
        if any("musl" in name for name in needed) or "libc.so" in needed:
            return "linux_" + arch
        if strangers:
            sys.exit("bonafide: %s needs %s, which a wheel cannot ask for" % (path, ", ".join(strangers)))
        versions += [tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_(2\.\d+)", said)]
    if not versions:
        sys.exit("bonafide: %s: no version of a C library found (OBJDUMP=... names the right objdump)" % paths[-1])
    return "manylinux_%d_%d_%s" % (max(versions + [(2, 17)]) + (arch,))


def package_files():
    """(name in the wheel, path) of the Python package."""
    top = "tools/python"
    for folder, folders, names in os.walk(os.path.join(top, "bonafide")):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            if name.endswith((".py", ".pyi")) or name == "py.typed":
                path = os.path.join(folder, name)
                yield os.path.relpath(path, top), path


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def write_wheel(out, version, program, library, arch):
    tag = "py3-none-" + platform_tag([program, library], arch)
    info = "bonafide-%s.dist-info/" % version
    files = [(name, read(path), 0o644) for name, path in package_files()]
    binary = read(program)
    files += [
        ("bonafide/" + os.path.basename(library), read(library), 0o755),
        ("bonafide/bin/bonafide", binary, 0o755),
        # What lands in PATH is the program itself: a script of Python's would take longer to start than many runs.
        ("bonafide-%s.data/scripts/bonafide" % version, binary, 0o755),
        (info + "METADATA", metadata(version), 0o644),
        (info + "WHEEL", ("Wheel-Version: 1.0\nGenerator: bonafide_build\nRoot-Is-Purelib: false\n"
                          "Tag: %s\n" % tag).encode(), 0o644),
        (info + "LICENSE", read("LICENSE"), 0o644),
        (info + "THIRD_PARTY.txt", licences().encode(), 0o644),
    ]
    record = ["%s,sha256=%s,%d" % (name, digest(data), len(data)) for name, data, _ in files]
    files.append((info + "RECORD", "".join(line + "\n" for line in record + [info + "RECORD,,"]).encode(), 0o644))
    os.makedirs(out, exist_ok=True)
    name = "bonafide-%s-%s.whl" % (version, tag)
    when = time.gmtime(epoch())[:6]
    with zipfile.ZipFile(os.path.join(out, name) + ".tmp", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for path, data, mode in files:
            entry = zipfile.ZipInfo(path, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            wheel.writestr(entry, data)
    os.replace(os.path.join(out, name) + ".tmp", os.path.join(out, name))
    return name


# --- the source archive -----------------------------------------------------------------------------------------------


def source_files():
    """Paths of the project: those that git knows, or in an unpacked archive all but what was built."""
    if os.path.exists(".git"):
        listed = output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0")
        return sorted(path for path in listed if path and os.path.isfile(path))
    found = []
    for folder, folders, names in os.walk("."):
        made = ["build", "third_party"] if folder == "." else []
        folders[:] = [name for name in folders if name not in made + ["__pycache__"]]
        found += [os.path.relpath(os.path.join(folder, name), ".") for name in names]
    return sorted(path for path in found if path not in ("pyproject.toml", "PKG-INFO"))


def write_sdist(out, version, build_id):
    when = epoch()
    files = {path: (read(path), os.access(path, os.X_OK)) for path in source_files()}
    project = ('[build-system]\nrequires = []\nbuild-backend = "bonafide_build"\nbackend-path = ["tools/package"]\n\n[project]\n'
               'name = "bonafide"\nversion = "%s"\ndescription = "%s"\nrequires-python = "%s"\ndependencies = ["numpy"]\n'
               % (version, ABOUT, PYTHON))
    notes = ("What bonafide needs of others' headers, so that it builds where no package brings them: make takes them from here.\n\n"
             "    stb/stb_image_write.h   https://github.com/nothings/stb    MIT or public domain, at its end\n"
             "    jsmn.h                  https://github.com/zserge/jsmn     MIT, at its beginning\n\n"
             "libwebp is not here: make WEBP=0 does without. made_from.txt: the build's name, and the time of the files.\n")
    for path, text in (("pyproject.toml", project), ("PKG-INFO", metadata(version).decode()), ("third_party/README", notes),
                       (MADE_FROM, "%s\n%d\n" % (build_id, when))):
        files[path] = (text.encode(), False)
    for names in THIRD_PARTY:
        files["third_party/" + names[0]] = (read(find_header(names)), False)
    os.makedirs(out, exist_ok=True)
    name = "bonafide-%s.tar.gz" % version
    with open(os.path.join(out, name) + ".tmp", "wb") as raw:
        with gzip.GzipFile("", "wb", 9, raw, mtime=when) as packed, \
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in sorted(files):
                data, runs = files[path]
                entry = tarfile.TarInfo("bonafide-%s/%s" % (version, path))
                entry.size, entry.mtime, entry.mode = len(data), when, 0o755 if runs else 0o644
                tar.addfile(entry, io.BytesIO(data))
    os.replace(os.path.join(out, name) + ".tmp", os.path.join(out, name))
    return name


# --- what pip calls ---------------------------------------------------------------------------------------------------


def make(*words):
    """Runs make, and says in one line what stopped it."""
    command = os.environ.get("MAKE", "make").split()[:1]
    if shutil.which(command[0]) is None:
        sys.exit("bonafide: there is no make here; building from source needs make and a C compiler")
    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
    env = {name: value for name, value in os.environ.items() if name not in outer}
    command += ["-j%d" % (os.cpu_count() or 1), "PYTHON=" + sys.executable, *words]
    if subprocess.run(command, env=env).returncode != 0:
        sys.exit("bonafide: 'make %s' failed; what it says stands above" % words[0])


def has_webp():
    """Can a program have libwebp inside?"""
    compiler = shlex.split(os.environ.get("CC") or "gcc")
    libraries = ["-Wl,-Bstatic", "-lwebpdemux", "-lwebp", "-Wl,-Bdynamic", "-lm", "-lpthread"]
    program = "#include <webp/demux.h>\nint main(void) { return WebPGetDemuxVersion() == 0; }\n"
    done = subprocess.run(compiler + ["-x", "c", "-", "-o", os.devnull] + libraries, input=program.encode(),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    words = []
    if "WEBP" not in os.environ and not has_webp():
        print("bonafide: WebP is left out: there is no libwebp to link statically here", flush=True)
        words = ["WEBP=0"]
    with tempfile.TemporaryDirectory(prefix="bonafide-wheel.") as folder:
        make("wheel", "DIST=" + folder, *words)
        (name,) = os.listdir(folder)
        shutil.copy(os.path.join(folder, name), wheel_directory)
    return name


def build_sdist(sdist_directory, config_settings=None):
    with tempfile.TemporaryDirectory(prefix="bonafide-sdist.") as folder:
        make("sdist", "DIST=" + folder)
        (name,) = os.listdir(folder)
        shutil.copy(os.path.join(folder, name), sdist_directory)
    return name


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    version = re.search(r"(?m)^Version: (.*)$", read("PKG-INFO").decode()).group(1)
    info = "bonafide-%s.dist-info" % version
    os.makedirs(os.path.join(metadata_directory, info))
    with open(os.path.join(metadata_directory, info, "METADATA"), "wb") as file:
        file.write(metadata(version))
    return info


if __name__ == "__main__":
    kind, out_folder = sys.argv[1:3]
    made = {"wheel": write_wheel, "sdist": write_sdist}[kind](out_folder, *sys.argv[3:])
    print("%s: %d bytes" % (os.path.join(out_folder, made), os.path.getsize(os.path.join(out_folder, made))))
