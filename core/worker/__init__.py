"""What our workers do besides Celery's: no message can stop them, and none that they give up is lost."""
