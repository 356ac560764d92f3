"""What calls of well-known functions and classes give: the tables behind the types that a stub infers.

Source: typeshed, for the standard library (https://github.com/python/typeshed/tree/main/stdlib).
"""

from __future__ import annotations

GENERIC_CLASSES: dict[str, int] = {
    "builtins.dict": 2,
    "builtins.frozenset": 1,
    "builtins.list": 1,
    "builtins.set": 1,
    "collections.ChainMap": 2,
    "collections.Counter": 1,
    "collections.OrderedDict": 2,
    "collections.UserDict": 2,
    "collections.UserList": 1,
    "collections.defaultdict": 2,
    "collections.deque": 1,
    "concurrent.futures.Future": 1,
    "contextlib.ExitStack": -1,
    "asyncio.Future": 1,
    "asyncio.LifoQueue": 1,
    "asyncio.PriorityQueue": 1,
    "asyncio.Queue": 1,
    "asyncio.Task": 1,
    "contextvars.ContextVar": 1,
    "contextvars.Token": 1,
    "functools.partial": 1,
    "functools.partialmethod": 1,
    "itertools.count": 1,
    "itertools.cycle": 1,
    "multiprocessing.queues.Queue": 1,
    "pymongo.AsyncMongoClient": 1,
    "pymongo.MongoClient": 1,
    "pymongo.asynchronous.mongo_client.AsyncMongoClient": 1,
    "pymongo.synchronous.mongo_client.MongoClient": 1,
    "pymongo.mongo_client.MongoClient": 1,
    "queue.LifoQueue": 1,
    "queue.PriorityQueue": 1,
    "queue.Queue": 1,
    "queue.SimpleQueue": 1,
    "subprocess.Popen": 1,
    "tempfile.SpooledTemporaryFile": 1,
    "tempfile.TemporaryDirectory": 1,
    "types.MappingProxyType": 2,
    "weakref.ReferenceType": 1,
    "weakref.WeakKeyDictionary": 2,
    "weakref.WeakMethod": 1,
    "weakref.WeakSet": 1,
    "weakref.WeakValueDictionary": 2,
    "weakref.finalize": 2,
    "weakref.ref": 1,
}
"""Generic classes → how many parameters; a call of one cannot be typed without them. -1: the bare name will do."""

MAPPINGS = frozenset("dict mapping mutablemapping ordereddict defaultdict".split())
ITERABLES = frozenset(
    "abstractset collection deque frozenset generator iterable iterator list mutablesequence mutableset reversible "
    "sequence set".split()
)
"""Names of types, in lower case, whose (first) parameter is what iterating over them gives."""

CLASSES = frozenset(
    "datetime.date datetime.datetime datetime.time datetime.timedelta "
    "datetime.timezone decimal.Decimal fractions.Fraction io.BytesIO io.StringIO pathlib.Path "
    "random.Random ssl.SSLContext string.Template struct.Struct threading.Barrier threading.BoundedSemaphore "
    "threading.Condition threading.Event threading.Lock threading.RLock threading.Semaphore threading.Thread "
    "threading.Timer threading.local types.SimpleNamespace types.ModuleType uuid.UUID".split()
)
"""Classes that are spelled like functions, or are common enough to need no guess."""

NOT_CLASSES = frozenset(
    "typing.TypeVar typing.ParamSpec typing.TypeVarTuple typing.NewType typing.NamedTuple typing.TypedDict "
    "typing.TypeAliasType dataclasses.Field fastapi.Depends fastapi.Query fastapi.Header fastapi.Body fastapi.Path "
    "pydantic.Field pydantic.PrivateAttr attr.Factory attrs.Factory "
    "ctypes.POINTER ctypes.CFUNCTYPE ctypes.WINFUNCTYPE ctypes.PYFUNCTYPE".split()
)
"""Functions that are spelled like classes."""

FINAL_CLASSES = frozenset(("pydantic.fields.FieldInfo",))
"""Classes of libraries that are final, of which the source makes others all the same: those are final at run time, too."""

TRANSFORMING_METACLASSES = frozenset(("pydantic._internal._model_construction.ModelMetaclass",))
"""Metaclasses under ``dataclass_transform``. mypy takes a metaclass that derives from one for a dataclass, and gives it an
``__init__`` for what it annotates."""

RESULTS: dict[str, str] = {
    "builtins.all": "bool",
    "builtins.any": "bool",
    "builtins.ascii": "str",
    "builtins.bin": "str",
    "builtins.bool": "bool",
    "builtins.bytearray": "bytearray",
    "builtins.bytes": "bytes",
    "builtins.callable": "bool",
    "builtins.chr": "str",
    "builtins.complex": "complex",
    "builtins.float": "float",
    "builtins.format": "str",
    "builtins.hasattr": "bool",
    "builtins.hash": "int",
    "builtins.hex": "str",
    "builtins.id": "int",
    "builtins.input": "str",
    "builtins.int": "int",
    "builtins.isinstance": "bool",
    "builtins.issubclass": "bool",
    "builtins.len": "int",
    "builtins.object": "object",
    "builtins.oct": "str",
    "builtins.ord": "int",
    "builtins.range": "range",
    "builtins.repr": "str",
    "builtins.str": "str",
    "datetime.date.today": "datetime.date",
    "datetime.datetime.fromtimestamp": "datetime.datetime",
    "datetime.datetime.now": "datetime.datetime",
    "datetime.datetime.utcnow": "datetime.datetime",
    "importlib.metadata.version": "str",
    "inspect.signature": "inspect.Signature",
    "logging.getLogger": "logging.Logger",
    "os.cpu_count": "int | None",
    "os.environ.copy": "dict[str, str]",
    "os.getcwd": "str",
    "os.getpid": "int",
    "os.path.abspath": "str",
    "os.path.basename": "str",
    "os.path.dirname": "str",
    "os.path.exists": "bool",
    "os.path.expanduser": "str",
    "os.path.isdir": "bool",
    "os.path.isfile": "bool",
    "os.path.join": "str",
    "os.path.normpath": "str",
    "os.path.realpath": "str",
    "os.urandom": "bytes",
    "pathlib.Path.cwd": "pathlib.Path",
    "pathlib.Path.home": "pathlib.Path",
    "platform.python_version": "str",
    "platform.system": "str",
    "random.random": "float",
    "secrets.token_bytes": "bytes",
    "secrets.token_hex": "str",
    "secrets.token_urlsafe": "str",
    "ssl.create_default_context": "ssl.SSLContext",
    "threading.current_thread": "threading.Thread",
    "threading.get_ident": "int",
    "time.monotonic": "float",
    "time.monotonic_ns": "int",
    "time.perf_counter": "float",
    "time.perf_counter_ns": "int",
    "time.time": "float",
    "time.time_ns": "int",
    "uuid.uuid1": "uuid.UUID",
    "uuid.uuid4": "uuid.UUID",
}
"""Functions → the type of their result, spelled with qualified names."""

VALUES: dict[str, str] = {
    **dict.fromkeys(
        (f"re.{flag}" for flag in "A ASCII I IGNORECASE M MULTILINE S DOTALL U UNICODE X VERBOSE".split()),
        "re.RegexFlag",
    ),
    "os.name": "str",
    "os.sep": "str",
    "os.linesep": "str",
    "os.environ": "os._Environ[str]",
    "math.inf": "float",
    "math.nan": "float",
    "math.pi": "float",
    "sys.argv": "list[str]",
    "sys.executable": "str",
    "sys.maxsize": "int",
    "sys.platform": "str",
    "sys.version": "str",
}
"""Module attributes → their type."""

STRING_METHODS: dict[str, str] = {
    **dict.fromkeys(
        "capitalize casefold center expandtabs format format_map join ljust lower lstrip removeprefix removesuffix "
        "replace rjust rstrip strip swapcase title translate upper zfill".split(),
        "str",
    ),
    **dict.fromkeys("split rsplit splitlines".split(), "list[str]"),
    **dict.fromkeys("startswith endswith isdigit isalpha isalnum isidentifier isspace".split(), "bool"),
    **dict.fromkeys("count find index rfind rindex".split(), "int"),
    "encode": "bytes",
}
"""Methods of ``str`` → the type of their result."""

RETURNS: dict[str, str] = {
    **dict.fromkeys("__str__ __repr__ __format__".split(), "str"),
    **dict.fromkeys("__len__ __hash__ __index__ __int__ __length_hint__ __sizeof__".split(), "int"),
    **dict.fromkeys("__bool__ __contains__ __instancecheck__ __subclasscheck__".split(), "bool"),
    **dict.fromkeys(
        "__init__ __init_subclass__ __del__ __setattr__ __delattr__ __setitem__ __delitem__ __set__ __delete__ "
        "__set_name__ __post_init__ __setstate__".split(),
        "None",
    ),
    "__bytes__": "bytes",
    "__float__": "float",
    "__complex__": "complex",
    "__fspath__": "str",
    "__dir__": "list[str]",
}
"""Special methods → the only type that the language lets them return."""

PARAMETERS: dict[str, str] = {
    "__eq__": "object",
    "__ne__": "object",
    "__getattr__": "str",
    "__getattribute__": "str",
    "__delattr__": "str",
    "__setattr__": "str",
    "__format__": "str",
}
"""Special methods → the type of the first argument that the language passes to them."""
