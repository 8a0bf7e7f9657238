"""How shops come to be sub-merchants of channels: asked to apply, applied for with what they showed here, followed."""
