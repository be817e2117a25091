#!/usr/bin/env python3
"""Checks JSON lines against the schemas beside this file: <event_type>.schema.json for each line.

usage: validate.py FILE...        ("-" is standard input)

Knows the part of JSON Schema that these schemas use, and refuses a schema that uses more, so that no
condition is passed over in silence. Beyond JSON Schema it wants keys in the order in which the schema names
them, and counts the lengths of strings in bytes: both are part of the contract (design, section 5).
"""
import functools, json, pathlib, re, sys

HERE = pathlib.Path(__file__).resolve().parent
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
KNOWN = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "const", "enum", "properties",
         "required", "additionalProperties", "items", "minItems", "uniqueItems", "pattern", "minLength",
         "maxLength", "minimum", "maximum", "if", "then", "else"}


def is_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def check_object(value, schema, root, where):
    faults = []
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key in schema.get("required", []):
        if key not in value:
            faults.append(f"{where}: no {key}")
    known = [key for key in value if key in properties]
    if known != [key for key in properties if key in value]:
        faults.append(f"{where or 'the line'}: keys in another order than the schema's")
    for key, item in value.items():
        place = f"{where}.{key}" if where else key
        if key in properties:
            faults += check(item, properties[key], root, place)
        elif extra is False:
            faults.append(f"{place}: not in the schema")
        elif isinstance(extra, dict):
            faults += check(item, extra, root, place)
    return faults


def check_array(value, schema, root, where):
    faults = []
    if len(value) < schema.get("minItems", 0):
        faults.append(f"{where}: {len(value)} items, expected {schema['minItems']}")
    if schema.get("uniqueItems") and len({json.dumps(item, sort_keys=True) for item in value}) != len(value):
        faults.append(f"{where}: an item stands there twice")
    for number, item in enumerate(value):
        faults += check(item, schema.get("items", {}), root, f"{where}[{number}]")
    return faults


def check_string(value, schema, where):
    faults = []
    size = len(value.encode(errors="surrogatepass"))
    if size < schema.get("minLength", 0) or size > schema.get("maxLength", size):
        faults.append(f"{where}: {size} bytes")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        faults.append(f"{where}: {value!r} is not like {schema['pattern']}")
    return faults


def check(value, schema, root, where=""):
    """A list of faults."""
    unknown = set(schema) - KNOWN
    if unknown:
        raise ValueError(f"the schema of {where or 'the whole'} uses {sorted(unknown)}")
    if "$ref" in schema:
        return check(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, where)
    if "type" in schema and not is_type(value, schema["type"]):
        return [f"{where}: expected {schema['type']}"]
    faults = []
    if "const" in schema and value != schema["const"]:
        faults.append(f"{where}: {value!r}, expected {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        faults.append(f"{where}: {value!r} is none of {schema['enum']}")
    if is_type(value, "number"):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            faults.append(f"{where}: {value} is out of range")
    if isinstance(value, str):
        faults += check_string(value, schema, where)
    elif isinstance(value, list):
        faults += check_array(value, schema, root, where)
    elif isinstance(value, dict):
        faults += check_object(value, schema, root, where)
    if "if" in schema:
        branch = "else" if check(value, schema["if"], root, where) else "then"
        faults += check(value, schema.get(branch, {}), root, where)
    return faults


@functools.cache
def schema_of(event_type):
    path = HERE / f"{event_type}.schema.json"
    return json.loads(path.read_text()) if re.fullmatch(r"\w+", event_type) and path.exists() else None


def clean_text(text):
    """Faults of characters that no event may hold: controls, bidi and zero-width ones."""
    found = re.search("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]", text)
    return [f"character U+{ord(found[0]):04X}"] if found else []


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def validate_line(line):
    """Faults of one line without its newline."""
    try:
        event = json.loads(line, object_pairs_hook=no_duplicates)
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(event, dict) or not isinstance(event.get("event_type"), str):
        return ["no object with an event_type"]
    schema = schema_of(event["event_type"])
    if schema is None:
        return [f"no schema for event_type {event['event_type']!r}"]
    faults = check(event, schema, schema)
    if re.search(r"\s", STRING.sub("", line)):
        faults.append("blanks outside of strings")
    for text in STRING.findall(line):
        faults += clean_text(json.loads(text))
    return faults


def main():
    lines = failed = 0
    for name in sys.argv[1:]:
        stream = sys.stdin if name == "-" else open(name, encoding="utf-8")
        with stream:
            for number, line in enumerate(stream, 1):
                lines += 1
                for fault in validate_line(line.rstrip("\n")):
                    failed += 1
                    print(f"{name}:{number}: {fault}")
    print(f"{lines} lines, {failed} faults")
    return 1 if failed or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
