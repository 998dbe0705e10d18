"""Objects (files by key) of workspaces: in a store that speaks S3, or in a folder of this machine."""
