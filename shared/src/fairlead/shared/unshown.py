"""What is said in place of a picture or a sound where the client's dialect carries none in answers.

An answer that is nothing but a picture must not look like one that is empty.
"""

from fairlead.shared.conversation import Audio, Base64Source, Image, Text, UrlSource


def in_words(block: Image | Audio) -> Text:
    """The text that stands for it: what was spoken, or where it can be seen, or that it is missing."""
    match block:
        case Audio(transcript=transcript) if transcript:
            return Text(transcript)
        case Audio(source=source):
            return Text(f"[The model sent sound ({source.media_type}), which cannot be played here.]")
        case Image(source=UrlSource(url)):
            return Text(f"![The model sent a picture.]({url})")
        case Image(source=Base64Source(media_type)):
            return Text(f"[The model sent a picture ({media_type}), which cannot be shown here.]")
        case Image():
            return Text("[The model sent a picture, which cannot be shown here.]")
