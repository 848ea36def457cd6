"""`setup`: the cell that connects a notebook to the tracking store. Credentials never enter it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from .. import literals
from ..recipe import Options, Recipe, Source, code
from ..selection import Selection

_ALLOW_FILES = """\
# From version 3.18 on, MLflow opens a folder of runs only when asked to.
os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
"""
_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*://)(?P<rest>.*)", re.DOTALL)
_SECRET_ARGUMENT = re.compile(
    r"pass|pwd|secret|token|key|sig$|signature|credential|auth|user|uid|sas$|odbc_connect|^code$|jwt|cookie",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Uri:
    """A URI as a Python expression without secrets, and what to tell about what was taken out."""

    expression: str
    notes: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    plain: str = ""


def write(selection: Selection, options: Options) -> list[Source]:
    """Connect to the store, and leave `mlflow` and `mlflow_client` for the cells below."""
    tracking = _without_secrets(selection.tracking_uri, "MLFLOW_DATABASE")
    registry = _Uri("")
    if selection.registry_uri and selection.registry_uri != selection.tracking_uri:
        registry = _without_secrets(selection.registry_uri, "MLFLOW_REGISTRY_DATABASE")
    notes = [f"MLflow connection: {literals.comment(literals.shorten(selection.connection_name, 70))}"]
    notes += list(dict.fromkeys(tracking.notes + registry.notes))
    imports = {*tracking.imports, *registry.imports}
    before = after = ""
    if selection.store_kind == "files":
        imports.add("import os")
        before = _ALLOW_FILES
    if selection.store_kind == "database":
        notes.append("MLflow updates a database written by an older version when it opens it.")
    if registry.expression:
        after = f"mlflow.set_registry_uri({registry.expression})\n"
    return [
        code(
            """
            $notes
            ${imports}import mlflow

            ${before}mlflow.set_tracking_uri($tracking_uri)
            ${after}mlflow_client = mlflow.MlflowClient()
            """,
            notes="\n".join(f"# {note}" for note in notes),
            imports="".join(f"{line}\n" for line in sorted(imports, key=len)) + ("\n" if imports else ""),
            before=before,
            tracking_uri=tracking.expression,
            after=after,
        )
    ]


RECIPE = Recipe(
    name="setup",
    version=1,
    title="Connect to MLflow",
    description="Imports MLflow and sets the tracking URI, without credentials. Goes once into each notebook.",
    needs="none",
    write=write,
)


def public_uri(uri: str) -> str:
    """Return `uri` without userinfo and secret-looking arguments."""
    return _without_secrets(uri, "").plain


def credentials(tracking_uri: str, registry_uri: str | None = None) -> dict[str, str]:
    """Return the environment variables that the cell above reads, with the values that the URIs hold."""
    found: dict[str, str] = {}
    pairs = [(tracking_uri, "MLFLOW_DATABASE")]
    if registry_uri and registry_uri != tracking_uri:
        pairs.append((registry_uri, "MLFLOW_REGISTRY_DATABASE"))
    for uri, variables in reversed(pairs):
        match = _URI.fullmatch(uri)
        if match is None or match["scheme"].lower().startswith("sqlite"):
            continue
        is_http = match["scheme"].lower() in ("http://", "https://")
        if not is_http and not _is_database(match["scheme"]):
            continue
        path, _, query = match["rest"].partition("?")
        userinfo = _split_userinfo(path if "@" not in query else match["rest"], is_http)[0]
        user, colon, password = userinfo.partition(":")
        prefix = "MLFLOW_TRACKING" if is_http else variables
        if userinfo:
            found[f"{prefix}_USERNAME"] = unquote(user)
        if colon:
            found[f"{prefix}_PASSWORD"] = unquote(password)
    return found


def _without_secrets(uri: str, variables: str) -> _Uri:
    """Take userinfo and secret-looking arguments out of `uri`; `variables` starts the names of the replacements."""
    match = _URI.fullmatch(uri)
    if match is None:
        # "user:password@host" without a scheme, as against a path (of Windows too).
        plain = re.sub(r"^[^/\\:]{2,}:[^/\\][^@]*@", "", uri)
        return _Uri(literals.python(plain), plain=plain)
    scheme = match["scheme"]
    is_http = scheme.lower() in ("http://", "https://")
    path, _, query = match["rest"].partition("?")
    if scheme.lower().startswith("sqlite"):
        userinfo, place = "", path
    else:
        userinfo, place = _split_userinfo(path if "@" not in query else match["rest"], is_http)
        if "@" in query:
            # A password may hold a question mark, where somebody forgot to encode it.
            place, _, query = place.partition("?")
    if is_http:
        place = place.partition("#")[0]
    notes: list[str] = []
    query, left_out = _split_query(query, is_http)
    if left_out:
        notes.append(f"Left out of the URI, as it may be secret: {literals.comment(', '.join(left_out))}.")
    rest = place + (f"?{query}" if query else "")
    plain = scheme + rest
    if not userinfo:
        return _Uri(literals.python(plain), tuple(notes), plain=plain)
    if is_http:
        notes.append("Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD in the environment to log in.")
        return _Uri(literals.python(plain), tuple(notes), plain=plain)
    if not _is_database(scheme):
        notes.append("The URI's credentials are left out: give them in the environment.")
        return _Uri(literals.python(plain), tuple(notes), plain=plain)
    names = [f"{variables}_USERNAME"] + ([f"{variables}_PASSWORD"] if ":" in userinfo else [])
    notes.append(f"Set {' and '.join(names)} in the environment to log in.")
    looked_up = ' + ":" + '.join(f'quote(os.environ["{name}"], safe="")' for name in names)
    expression = "\n".join(
        [
            "",
            f"    {literals.python(scheme)}",
            *(f"    + {part}" for part in looked_up.replace(' + ":" + ', '\n":" + ').split("\n")),
            f"    + {literals.python('@' + rest)}",
            "",
        ]
    )
    return _Uri(expression, tuple(notes), ("import os", "from urllib.parse import quote"), plain)


def _split_userinfo(text: str, is_http: bool) -> tuple[str, str]:
    """Split what follows ``scheme://`` into userinfo and the rest; rather too much userinfo than too little.

    Passwords with an unencoded ``/``, ``#`` or ``@`` are against the rules, but people write them: where the text
    before the first slash looks like ``user:password`` (no port number), the userinfo reaches to the last ``@``.
    """
    authority = re.split(r"[/#?]", text, maxsplit=1)[0]
    port = authority.rpartition(":")[2]
    has_password = ":" in authority and not authority.endswith("]") and not (is_http and port.isdigit())
    reach = text if "@" not in authority and has_password else authority
    if "@" not in reach:
        return "", text
    end = reach.rindex("@")
    return text[:end], text[end + 1 :]


def _split_query(query: str, is_http: bool) -> tuple[str, list[str]]:
    """Return the arguments that may stay, and the names of those that may not."""
    kept, left_out = [], []
    for argument in filter(None, re.split(r"[&;]", query)):
        name = argument.partition("=")[0]
        if is_http or _SECRET_ARGUMENT.search(name):
            left_out.append(name if "=" in argument else "an argument")
        else:
            kept.append(argument)
    return "&".join(kept), left_out


def _is_database(scheme: str) -> bool:
    return re.match(r"(postgres|postgresql|mysql|mariadb|mssql|oracle)\b", scheme, re.IGNORECASE) is not None
