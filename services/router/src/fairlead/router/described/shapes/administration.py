"""The configuration, its backups, presets, the log files, and a new start."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from fairlead.shared.config import Finding
from fairlead.shared.runtime.config_file import Backup
from fairlead.shared.wire.anthropic import ErrorDetail


class Neighbour(Struct):
    """How the normalizer takes its file; or, as `unknown`, why it does not say."""

    file: str | UnsetType | None = UNSET
    problems: list[Finding] | UnsetType = UNSET
    warnings: list[Finding] | UnsetType = UNSET
    after_restart: list[str] | UnsetType = UNSET
    unknown: str | UnsetType = UNSET


class _Shown(Struct, kw_only=True):
    """`config`: the file with its secrets masked, null where it cannot be read. `problems`: why it is not served with.
    `after_restart`: keys that are heeded at the next start."""

    file: str
    etag: str | None
    config: dict[str, Any] | None
    problems: list[Finding]
    warnings: list[Finding]
    after_restart: list[str]


class Configuration(_Shown, kw_only=True):
    normalizer: Neighbour


class ConfigurationChanged(_Shown, kw_only=True):
    """`backup`: the name of what was there before. `comments_lost`: keys below which comments could not be kept."""

    changed: bool
    backup: str | None
    comments_lost: list[str]


class Checked(Struct):
    valid: bool
    problems: list[Finding]
    warnings: list[Finding]


class Backups(Struct):
    """The newest first."""

    backups: list[Backup]


class BackedUp(Struct):
    backup: str


class PostedValues(Struct):
    """Secrets that are still `***` stay what they were."""

    config: dict[str, Any]


class PostedText(Struct):
    """The file as it is to be, comments and all, in JSON5."""

    text: str


class Refused(Struct):
    """An error in Anthropic's words, and beside it what is wrong with a configuration, by file, line and key."""

    type: Literal["error"]
    error: ErrorDetail
    request_id: str
    problems: list[Finding] | UnsetType = UNSET


class PresetInShort(Struct, kw_only=True):
    """`path`: below which it is asked. `problems`: why it is not served. `about`: its manifest's words about itself."""

    name: str
    path: str
    file: str
    served: bool
    problems: list[str]
    about: dict[str, Any]


class Presets(Struct):
    presets: list[PresetInShort]


class PresetProvider(Struct):
    """`disabled`: why it cannot be called."""

    name: str
    api_base_url: str
    type: str
    models: list[str]
    disabled: str | None


class PresetInput(Struct):
    """What whoever installs it is asked for, and whether that was answered."""

    id: str
    type: Literal["password", "input", "number", "select", "multiselect", "confirm", "editor"]
    label: str
    prompt: str
    required: bool
    answered: bool


class Preset(PresetInShort, kw_only=True):
    """`router` and `fallback`: targets by scenario."""

    providers: list[PresetProvider]
    router: dict[str, list[str]]
    fallback: dict[str, list[str]]
    inputs: list[PresetInput]


class PresetDeleted(Struct):
    success: Literal[True]
    name: str


class LogFile(Struct):
    """`modified` in Unix seconds."""

    name: str
    bytes: int
    modified: float


class LogFiles(Struct):
    """The newest first."""

    folder: str | None
    files: list[LogFile]


class LogPage(Struct):
    """`before`: the offset to ask for to see what comes before these lines, null at the beginning."""

    name: str
    lines: list[str]
    before: int | None


class Restarting(Struct):
    restarting: Literal[True]
