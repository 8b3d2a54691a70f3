"""Downloads torchvision's ResNet-18 weights once and verifies them by their hash."""

from hand_geo_keras.verified_file import fetch_verified

ENVIRONMENT_VARIABLE = "HAND_GEO_RESNET18"
# torchvision's IMAGENET1K_V1. The name carries the first digits of the file's SHA-256,
# which is what torch.hub checks.
URL = "https://download.pytorch.org/models/resnet18-f37072fd.pth"
SHA256 = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"


def fetch() -> str:
    """Path of the verified `.pth` file, see `fetch_verified`.

    Raises:
        WeightsError: The file cannot be downloaded or is another one.
    """
    advice = (
        "give the path of a copy as `weights` or in the environment variable "
        f"{ENVIRONMENT_VARIABLE}"
    )
    return str(fetch_verified("ResNet-18 weights", URL, SHA256, advice))
