"""Operations of repairs, one file each."""
