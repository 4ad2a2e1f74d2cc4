"""SRTP's session keys and nonces (RFC 3711, RFC 7714), for packets that libsrtp does not protect.

Pure functions of bytes and arrays. Which packets go to whom is not known here.
"""

from typing import Final, NamedTuple

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from numpy.typing import NDArray

GCM_PROFILES: Final = frozenset({"SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM"})
"""What is sealed here, by OpenSSL's names; every other profile is libsrtp's."""

SALT = 12
TAG = 16
"""Bytes of a GCM salt and of its authentication tag (RFC 7714 sections 8 and 13)."""

_RTP_KEY, _RTP_SALT, _RTCP_KEY, _RTCP_SALT = 0, 2, 3, 5

Bytes = NDArray[np.uint8]


class SessionKeys(NamedTuple):
    """Keys and salts of one direction."""

    rtp_key: bytes
    rtp_salt: bytes
    rtcp_key: bytes
    rtcp_salt: bytes


def session_keys(key: bytes, salt: bytes) -> SessionKeys:
    """Derive them from the master key (16 or 32 bytes) and salt (12), key derivation rate 0.

    RFC 3711 section 4.3, with the 96-bit salt padded as RFC 7714 section 11 says.
    """
    master = int.from_bytes(salt.ljust(14, b"\0"))
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - the PRF is AES in counter mode

    def derive(label: int, length: int) -> bytes:
        start = (master ^ (label << 48)) << 16
        blocks = b"".join((start + i).to_bytes(16) for i in range(-(-length // 16)))
        return encryptor.update(blocks)[:length]

    return SessionKeys(
        derive(_RTP_KEY, len(key)),
        derive(_RTP_SALT, SALT),
        derive(_RTCP_KEY, len(key)),
        derive(_RTCP_SALT, SALT),
    )


def nonce_mask(ssrc: int, salt: bytes) -> bytes:
    """The part of a GCM nonce that stays: 12 bytes, the packet index still to be added by XOR to
    the last six (RTP) or four (RTCP) of them (RFC 7714 sections 8.1 and 9.1)."""
    constant = int.from_bytes(salt) ^ (ssrc << 48)
    return constant.to_bytes(SALT)


def rtp_nonces(masks: Bytes, indices: NDArray[np.uint64]) -> list[bytes]:
    """Nonces for packets of 48-bit indices, rollover counter and sequence number in one.

    `masks`: (n, 12), `indices`: (n,).
    """
    nonces = masks.copy()
    nonces[:, 6:] ^= big_endian(indices)[:, 2:]
    return as_bytes(nonces)


def rtcp_nonces(masks: Bytes, indices: NDArray[np.uint64]) -> list[bytes]:
    """Nonces for RTCP packets of 31-bit indices. `masks`: (n, 12), `indices`: (n,)."""
    nonces = masks.copy()
    nonces[:, 8:] ^= big_endian(indices)[:, 4:]
    return as_bytes(nonces)


def big_endian(numbers: NDArray[np.uint64]) -> Bytes:
    """(n,) integers as (n, 8) bytes in network order."""
    return numbers.astype(">u8").view(np.uint8).reshape(-1, 8)


def as_bytes(table: Bytes) -> list[bytes]:
    """Each row of a table of bytes, as bytes."""
    rows: list[bytes] = np.ascontiguousarray(table).view(f"V{table.shape[1]}").ravel().tolist()
    return rows
