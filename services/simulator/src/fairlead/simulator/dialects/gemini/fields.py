"""The messages of a Gemini request, and which fields each may have; a field nobody knows is refused.

Field names are given as the wire spells them; the service also takes them in snake case. The kind of a field is the
name of a message, with `[]` where there may be several and `{}` where names lead to them; `Struct` is any JSON object;
`*` is not looked into. Source: https://ai.google.dev/api/generate-content, https://ai.google.dev/api/caching#Schema.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

Fields = Mapping[str, str]


def _fields(names: str, **kinds: str) -> Fields:
    """Fields that are not looked into, then those with a kind."""
    return {**dict.fromkeys(names.split(), "*"), **kinds}


_PROMPT = _fields("model cachedContent", contents="Content[]", systemInstruction="Content", tools="Tool[]")
MESSAGES: Mapping[str, Fields] = {
    "Generate": {
        **_PROMPT,
        **_fields(
            "safetySettings serviceTier store labels modelArmorConfig continuationToken",
            toolConfig="ToolConfig",
            generationConfig="GenerationConfig",
        ),
    },
    "Count": _fields("model", contents="Content[]", generateContentRequest="Generate"),
    "VertexCount": {**_PROMPT, "instances": "*", "generationConfig": "GenerationConfig"},
    "Content": _fields("role", parts="Part[]"),
    "Part": _fields(
        "text executableCode codeExecutionResult toolCall toolResponse thought thoughtSignature videoMetadata "
        "mediaResolution mediaProcessing partMetadata audioTranscription speechMetadata",
        inlineData="Blob",
        fileData="File",
        functionCall="FunctionCall",
        functionResponse="FunctionResponse",
    ),
    "Blob": _fields("mimeType data displayName"),
    "File": _fields("mimeType fileUri displayName"),
    "FunctionCall": _fields("id name partialArgs willContinue", args="Struct"),
    "FunctionResponse": _fields("id name scheduling willContinue", response="Struct", parts="Part[]"),
    "Tool": _fields(
        "googleSearch googleSearchRetrieval urlContext codeExecution googleMaps fileSearch computerUse mcpServers "
        "retrieval enterpriseWebSearch parallelAiSearch exaAiSearch",
        functionDeclarations="FunctionDeclaration[]",
    ),
    "FunctionDeclaration": _fields(
        "name description parametersJsonSchema responseJsonSchema behavior", parameters="Schema", response="Schema"
    ),
    "Schema": _fields(
        "type format title description nullable enum minItems maxItems required propertyOrdering minProperties "
        "maxProperties minimum maximum minLength maxLength pattern default example additionalProperties ref",
        items="Schema",
        properties="Schema{}",
        anyOf="Schema[]",
        defs="Schema{}",
    ),
    "ToolConfig": _fields(
        "retrievalConfig includeServerSideToolInvocations", functionCallingConfig="FunctionCallingConfig"
    ),
    "FunctionCallingConfig": _fields("mode allowedFunctionNames streamFunctionCallArguments"),
    "GenerationConfig": _fields(
        "temperature topP topK maxOutputTokens stopSequences candidateCount seed presencePenalty frequencyPenalty "
        "responseLogprobs logprobs responseMimeType responseJsonSchema responseFormat responseModalities "
        "mediaResolution imageConfig speechConfig translationConfig audioTranscriptionConfig enableAffectiveDialog "
        "audioTimestamp routingConfig modelSelectionConfig enableEnhancedCivicAnswers",
        responseSchema="Schema",
        thinkingConfig="ThinkingConfig",
    ),
    "ThinkingConfig": _fields("includeThoughts thinkingBudget thinkingLevel"),
}


class Violation(msgspec.Struct, frozen=True):
    """A place in a request, in the spelling of the service's complaints, and what is wrong there."""

    field: str
    description: str


def camel(name: str) -> str:
    """`systemInstruction` for `system_instruction`."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def snake(path: str) -> str:
    """`system_instruction` for `systemInstruction`."""
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", path)


class Reader:
    """Reads a message and gathers its violations."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def message(self, value: dict[str, Any], kind: str, path: str = "") -> dict[str, Any]:
        """The message with its fields spelled as in `MESSAGES`, without null and unknown ones."""
        fields = MESSAGES[kind]
        read: dict[str, Any] = {}
        for name, inner in value.items():
            known = name if name in fields else camel(name)
            if known not in fields:
                self._complain(path, f'Unknown name "{name}"', "Cannot find field.")
            elif inner is not None:
                read[known] = self._field(inner, fields[known], f"{path}.{snake(known)}".removeprefix("."))
        return read

    def _field(self, value: Any, kind: str, path: str) -> Any:
        name = kind.rstrip("[]{}")
        if name not in MESSAGES:
            if name == "Struct" and not isinstance(value, dict):
                self._wrong(path, "google.protobuf.Struct", value)
                return {}
            return value
        if kind.endswith("{}"):
            held = value if isinstance(value, dict) else {}
            return {key: self._one(each, name, f"{path}[{at}].value") for at, (key, each) in enumerate(held.items())}
        if kind.endswith("[]"):
            several = value if isinstance(value, list) else [value]  # one alone is taken for a list of one
            return [self._one(each, name, f"{path}[{at}]") for at, each in enumerate(several)]
        return self._one(value, name, path)

    def _one(self, value: Any, kind: str, path: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return self.message(value, kind, path)
        if isinstance(value, list):
            parent, _, name = path.rpartition(".")
            self._complain(parent, f'Unknown name "{name}"', "Proto field is not repeating, cannot start list.")
        else:
            self._wrong(path, f"google.ai.generativelanguage.v1beta.{kind}", value)
        return {}

    def _wrong(self, path: str, kind: str, value: Any) -> None:
        shown = msgspec.json.encode(value).decode()
        self.violations.append(Violation(path, f"Invalid value at '{path}' (type.googleapis.com/{kind}), {shown}"))

    def _complain(self, path: str, what: str, why: str) -> None:
        where = f" at '{path}'" if path else ""
        self.violations.append(Violation(path, f"Invalid JSON payload received. {what}{where}: {why}"))
