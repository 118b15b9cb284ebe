print("banquet")
