"""Does a request come from who may send it? One file for each scheme; pure, over the raw body and nothing parsed."""
