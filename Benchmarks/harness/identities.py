"""The certificates of a run: Martlet makes them, and every proxy uses the same ones."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .processes import HarnessError
from .targets import Context

TRUST_DOMAIN = "bench.local"
CALLER, CALLEE = "caller", "callee"


@dataclass(frozen=True)
class Identity:
    """A workload's files. The chain is leaf and issuer; the anchor stands in the bundle alone."""

    name: str
    directory: Path

    @property
    def key(self) -> Path:
        return self.directory / f"{self.name}.key"

    @property
    def chain(self) -> Path:
        return self.directory / f"{self.name}.pem"

    @property
    def certificate(self) -> Path:
        """Chain and key in one file, as HAProxy wants them."""
        return self.directory / f"{self.name}.both"

    @property
    def bundle(self) -> Path:
        return self.directory / "trust-bundle.pem"

    @property
    def spiffe_id(self) -> str:
        return f"spiffe://{TRUST_DOMAIN}/ns/default/sa/{self.name}"

    @property
    def dns_name(self) -> str:
        return f"{self.name}.default.serviceaccount.identity.{TRUST_DOMAIN}"

    def values(self) -> dict[str, object]:
        """For a peer's template."""
        return {"key": self.key, "chain": self.chain, "certificate": self.certificate, "bundle": self.bundle}

    def client_context(self) -> ssl.SSLContext:
        """A client that shows this certificate, and trusts whom the bundle vouches for."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False  # a connection to 127.0.0.1; the chain is verified
        context.load_verify_locations(self.bundle)
        context.load_cert_chain(self.chain, self.key)
        context.set_alpn_protocols(["http/1.1"])
        return context


def identity(context: Context, name: str) -> Identity:
    """Made when it is first asked for, and valid for longer than any run."""
    directory = context.directory / "identity"
    if not directory.exists():
        _martlet(context, "init", "--trust-domain", TRUST_DOMAIN, "--directory", str(directory))
    wanted = Identity(name, directory)
    if not wanted.certificate.exists():
        _martlet(context, "issue", name, "--directory", str(directory))
        wanted.certificate.touch(mode=0o600)
        wanted.certificate.write_bytes(wanted.chain.read_bytes() + wanted.key.read_bytes())
    return wanted


def _martlet(context: Context, *arguments: str) -> None:
    program = context.release("martlet")
    if not program.exists():
        raise HarnessError("martlet is not built, so there are no certificates; run make build")
    done = subprocess.run([str(program), "identity", *arguments], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise HarnessError(f"martlet identity {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-300:]}")
