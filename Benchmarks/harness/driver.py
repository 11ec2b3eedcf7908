"""The small C programs of Benchmarks/driver."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .processes import HarnessError

DRIVER_SOURCES = Path(__file__).resolve().parent.parent / "driver"
LIBRARIES = {"grpc_backend": ["-lnghttp2"], "handshakes": ["-lssl", "-lcrypto"]}


def build_driver(root: Path, name: str) -> Path:
    """Compiles a program of Benchmarks/driver when its source is newer; Swift's toolchain brings clang."""
    source, binary = DRIVER_SOURCES / f"{name}.c", root / ".build/bench" / name.replace("_", "-")
    if binary.exists() and binary.stat().st_mtime > source.stat().st_mtime:
        return binary
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        raise HarnessError(f"no C compiler for {source.name}; run scripts/bootstrap bench")
    binary.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([compiler, "-O2", "-o", str(binary), str(source), *LIBRARIES.get(name, [])],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise HarnessError(f"{source} does not compile: {done.stderr.strip()[-400:]}")
    return binary
