"""Certificates for tests, made by the `openssl` command."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hang_guard import GUARD


def openssl(*arguments: str | Path, input: str = "") -> str:
    done = subprocess.run(
        ["openssl", *map(str, arguments)], input=input, capture_output=True, text=True, timeout=GUARD
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Issued:
    """The files of a certificate, with its chain, and of its key."""

    certificate: Path
    key: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--tls-cert", str(self.certificate), "--tls-key", str(self.key))


class Authority:
    """Vouches for certificates, whose files are in a folder."""

    def __init__(self, folder: Path, name: str = "root"):
        self.folder = folder
        self.certificate = folder / f"{name}.pem"
        self._key = folder / f"{name}-key.pem"
        options = ["-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate]
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *options)

    def issue(
        self, name: str = "server", names: str = "DNS:localhost,IP:127.0.0.1", kind: str = "ec", days: int = 20
    ) -> Issued:
        """A certificate for some names, in files that begin with `name`; those there were are replaced."""
        issued = Issued(self.folder / f"{name}.pem", self.folder / f"{name}-key.pem")
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.cnf"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
        of_kind = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}[kind]
        key, certificate = issued.key.with_suffix(".new"), issued.certificate.with_suffix(".new")
        openssl("req", "-new", "-newkey", *of_kind, "-nodes", "-subj", "/CN=x", "-keyout", key, "-out", request)
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial"),
            *("-days", days, "-extfile", extensions, "-out", certificate),
        )
        # As those do who renew certificates: each file is replaced as a whole.
        key.replace(issued.key)
        certificate.replace(issued.certificate)
        return issued

    def trusting(self, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """What a client knows who trusts this authority, and speaks one version only."""
        return trusting(self.certificate, version)


def trusting(certificate: Path, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificate)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def fingerprint(certificate: Path) -> str:
    """The SHA-256 of the first certificate of a file, in hexadecimal."""
    line = openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
    return line.split("=")[1].strip().replace(":", "").lower()
