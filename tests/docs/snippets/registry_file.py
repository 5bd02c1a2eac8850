from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from weir.privacy.recognisers import REGISTRY_YAML, build_analyzer

registry = RecognizerRegistryProvider(conf_file=REGISTRY_YAML).create_recognizer_registry()
analyzer = build_analyzer(registry)
analyzer.analyze("12345678", language="zh", context=["QQ号"])
